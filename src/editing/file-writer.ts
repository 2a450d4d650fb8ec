import { newId } from '../chat/new-id.ts';
import type { TextChange } from '../text/text-change.ts';
import type { FileEvent } from '../wire/events.ts';
import type { ChangeList } from './change-list.ts';
import type { EditedFiles } from './edited-files.ts';
import { faultOfSize, faultOfTotal } from './file-size.ts';
import type { WorkspaceLimits } from './files.ts';
import { LineBuffer } from './line-buffer.ts';
import { StreamingDiff } from './streaming-diff.ts';

export interface FileWriterContext {
  files: EditedFiles;
  changes: ChangeList;
  limits: WorkspaceLimits;
  /** Files that the model was not shown, so that it cannot know what it would replace. */
  hidden: ReadonlySet<string>;
  emit(event: FileEvent): void;
}

/** One file while the model writes it: its lines go into the document as changes of what was there. */
export class FileWriter {
  readonly #context: FileWriterContext;
  readonly #name: string;
  /** Null until the file exists. */
  #fileId: string | null;
  /** Null until the first line with text. */
  #diff: StreamingDiff | null = null;
  /** The model's version when it began to write; null: the file is new. */
  #base: string | null = null;
  /** The document's version then. */
  #before: string | null = null;
  readonly #lines = new LineBuffer();
  /** Why the file is left out, as a phrase that follows its name; null: it is not. */
  #fault: string | null;

  constructor(name: string, context: FileWriterContext) {
    this.#context = context;
    this.#name = name;
    this.#fileId = context.files.idOf(name) ?? null;
    this.#fault = this.#faultAtStart();
  }

  get fileId(): string | null {
    return this.#fileId;
  }

  /** A line, without its end. */
  line(text: string): void {
    if (this.#fault !== null) return;
    this.#lines.push(text);
    const fault = faultOfSize(this.#lines.units, this.#context.limits);
    if (fault !== null) this.#leaveOut(fault);
    else if (text.includes('\0')) this.#leaveOut('is binary');
    else if (!this.#diff && text.trim() !== '') this.#begin();
  }

  /** Writes the lines so far into the document. */
  async flush(): Promise<void> {
    if (this.#fault !== null || !this.#diff || !this.#lines.hasLines || !this.#isThere()) return;
    const fault = this.#faultOfTotal(this.#lines.units);
    if (fault === null) await this.#change(this.#diff.push(this.#lines.take()));
    else this.#leaveOut(fault);
  }

  /** The block has ended: the rest of the old text is removed. An empty block removes the file. */
  async close(isEmpty: boolean): Promise<void> {
    if (this.#fault !== null) this.#reportFault();
    else if (isEmpty) this.#remove();
    else await this.#finish(true);
  }

  /** The answer has ended before the block did: the rest of the old text stays. */
  async cutOff(): Promise<void> {
    if (this.#fault !== null) this.#reportFault();
    else if (this.#diff) await this.#finish(false);
  }

  #faultAtStart(): string | null {
    const { files, hidden, limits } = this.#context;
    if (this.#fileId === null) return files.faultOfNew(this.#name, limits.maxFiles);
    if (hidden.has(this.#fileId)) return 'is too long to be shown to the model';
    return files.modelTextOf(this.#fileId) === undefined ? 'was made by somebody meanwhile' : null;
  }

  #begin(): void {
    const { files, emit } = this.#context;
    const known = this.#fileId;
    const fileId = known ?? newId();
    this.#fileId = fileId;
    if (known === null) {
      files.create(fileId, this.#name);
    } else {
      this.#base = files.modelTextOf(fileId) ?? '';
      this.#before = files.textOf(fileId) ?? '';
    }
    this.#diff = new StreamingDiff(this.#base ?? '');
    emit({ type: 'file_start', fileId, name: files.nameOf(fileId) ?? this.#name });
  }

  /** `isWhole`: the block has ended, so that the rest of the old text is removed. */
  async #finish(isWhole: boolean): Promise<void> {
    const diff = this.#diff;
    const fileId = this.#fileId;
    if (!diff || fileId === null) return;
    this.#lines.end(!(isWhole && diff.endsOpen));
    await this.flush();
    if (this.#fault === null && this.#isThere()) await this.#change(diff.end(isWhole));
    this.#fault ??= this.#isThere()
      ? this.#leaveOut(this.#faultAtEnd())
      : 'was removed by somebody meanwhile';
    if (this.#fault === null) this.#complete(fileId, isWhole);
    else this.#reportFault();
  }

  #complete(fileId: string, isWhole: boolean): void {
    const { files, emit, changes } = this.#context;
    const name = files.nameOf(fileId) ?? this.#name;
    emit({ type: 'file_complete', fileId, name, before: this.#before, after: files.textOf(fileId) ?? '' });
    if (this.#base === null) changes.add({ fileId, name, change: 'created' });
    else if (files.modelTextOf(fileId) !== this.#base) changes.add({ fileId, name, change: 'changed' });
    if (isWhole) return;
    emit({
      type: 'status_update',
      status: `The answer ended before ${name} did; what was left of it stays.`,
    });
  }

  #remove(): void {
    const { files, emit, changes } = this.#context;
    const fileId = this.#fileId;
    const before = fileId === null ? undefined : files.textOf(fileId);
    if (fileId === null || before === undefined) return;
    const name = files.nameOf(fileId) ?? this.#name;
    files.remove(fileId);
    emit({ type: 'file_delete', fileId, name, before });
    changes.add({ fileId, name, change: 'deleted' });
  }

  async #change(changes: readonly TextChange[]): Promise<void> {
    if (this.#fileId === null) return;
    await this.#context.files.change(this.#fileId, changes);
  }

  /** Takes back what was written, and ignores the rest. Null: nothing is wrong. */
  #leaveOut(fault: string | null): string | null {
    this.#fault = fault;
    if (fault !== null && this.#diff && this.#fileId !== null) {
      this.#context.files.restore(this.#fileId, this.#base);
    }
    return fault;
  }

  /** With what collaborators wrote into it. */
  #faultAtEnd(): string | null {
    const units = (this.#fileId !== null && this.#context.files.textOf(this.#fileId)?.length) || 0;
    return faultOfSize(units, this.#context.limits) ?? this.#faultOfTotal(units);
  }

  #faultOfTotal(units: number): string | null {
    if (this.#fileId === null) return null;
    const size = { fileId: this.#fileId, before: this.#before?.length ?? 0, after: units };
    return faultOfTotal(this.#context.files, size, this.#context.limits);
  }

  #isThere(): boolean {
    return this.#fileId !== null && this.#context.files.modelTextOf(this.#fileId) !== undefined;
  }

  #reportFault(): void {
    const { emit, changes } = this.#context;
    const reason = this.#fault ?? '';
    changes.leaveOut(this.#fileId ?? '', this.#name, reason);
    emit({ type: 'status_update', status: `${printable(this.#name)} was left out: it ${reason}.` });
  }
}

/** Invalid names may contain anything; what is shown does not. */
function printable(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80).toWellFormed()}…` : name).replaceAll(
    /[\p{Cf}\p{Zl}\p{Zp}]/gu,
    '\ufffd',
  );
}
