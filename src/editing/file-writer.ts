import { newId } from '../chat/new-id.ts';
import type { FileEvent } from '../runs/events.ts';
import { Alignment } from './alignment.ts';
import type { ChangeList } from './change-list.ts';
import type { EditedFiles } from './edited-files.ts';
import { replacement, type TextChange } from './text-change.ts';
import type { WorkspaceLimits } from './workspace.ts';

export interface FileWriterContext {
  files: EditedFiles;
  changes: ChangeList;
  limits: WorkspaceLimits;
  /** Files that the model was not shown, so that it cannot know what it would replace. */
  hidden: ReadonlySet<string>;
  say(event: FileEvent): void;
}

/** One file while the model writes it: its lines go into the document as changes of what was there. */
export class FileWriter {
  readonly #context: FileWriterContext;
  readonly #name: string;
  /** Null until the file is there. */
  #fileId: string | null;
  #alignment: Alignment | null = null;
  /** The model's own view of the file when it began; null: there was none. */
  #base: string | null = null;
  /** The file as it was when it began. */
  #before: string | null = null;
  #lines: string[] = [];
  /** The newest line: whether it ends is known when the next one comes. */
  #last: string | null = null;
  #length = 0;
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

  line(text: string): void {
    if (this.#fault !== null) return;
    this.#length += text.length + 1;
    if (this.#length > this.#context.limits.fileChars) {
      this.leaveOut(this.#tooLong);
    } else if (text.includes('\0')) {
      this.leaveOut('is binary');
    } else {
      if (this.#last !== null) this.#lines.push(`${this.#last}\n`);
      this.#last = text;
      if (!this.#alignment && text.trim() !== '') this.#begin();
    }
  }

  /** Brings what was written so far into the document. */
  async flush(): Promise<void> {
    if (!this.#alignment || this.#lines.length === 0 || !this.#isThere()) return;
    if (this.#isTooMuch(this.#length)) {
      this.leaveOut(this.#tooMuch);
      return;
    }
    const lines = this.#lines;
    this.#lines = [];
    await this.#change(this.#alignment.push(lines));
  }

  /** Its block has ended: what is left of the old text goes. A block with nothing in it removes the file. */
  async close(isEmpty: boolean): Promise<void> {
    if (this.#fault !== null) this.#sayFault();
    else if (isEmpty) this.#remove();
    else await this.#finish(true);
  }

  /** The answer has ended before its block did: what is left of the old text stays. */
  async cutOff(): Promise<void> {
    if (this.#fault !== null) this.#sayFault();
    else if (this.#alignment) await this.#finish(false);
  }

  /** Takes back what was written, and nothing more of it is. */
  leaveOut(fault: string): void {
    this.#fault = fault;
    if (!this.#alignment || this.#fileId === null) return;
    const { files } = this.#context;
    const text = files.modelTextOf(this.#fileId);
    if (text === undefined) return;
    const back = replacement(text, this.#base ?? '');
    // One change is made at once.
    void files.change(this.#fileId, back ? [back] : []);
    // What somebody has written into a new file meanwhile stays.
    if (this.#base === null && files.textOf(this.#fileId) === '') files.remove(this.#fileId);
  }

  #faultAtStart(): string | null {
    const { files, hidden, limits } = this.#context;
    if (this.#fileId === null) return files.faultOfNew(this.#name, limits.maxFiles);
    if (hidden.has(this.#fileId)) return 'is too long to be shown to the model';
    return files.modelTextOf(this.#fileId) === undefined ? 'was made by somebody meanwhile' : null;
  }

  #begin(): void {
    const { files, say } = this.#context;
    const known = this.#fileId;
    const fileId = known ?? newId();
    this.#fileId = fileId;
    if (known === null) {
      files.create(fileId, this.#name);
    } else {
      this.#base = files.modelTextOf(fileId) ?? '';
      this.#before = files.textOf(fileId) ?? '';
    }
    this.#alignment = new Alignment(this.#base ?? '');
    say({ type: 'file_start', fileId, name: files.nameOf(fileId) ?? this.#name });
  }

  async #finish(cutsOff: boolean): Promise<void> {
    const alignment = this.#alignment;
    if (!alignment || this.#fileId === null) return;
    if (this.#last !== null) this.#lines.push(cutsOff && alignment.endsOpen ? this.#last : `${this.#last}\n`);
    this.#last = null;
    await this.flush();
    if (this.#isThere()) await this.#change(alignment.end(cutsOff));
    if (!this.#isThere()) this.#fault ??= 'was removed by somebody meanwhile';
    else if (this.#isTooLong()) this.leaveOut(this.#tooLong);
    else if (this.#isTooMuch(this.#units)) this.leaveOut(this.#tooMuch);
    if (this.#fault !== null) {
      this.#sayFault();
      return;
    }
    const { files, say, changes } = this.#context;
    const fileId = this.#fileId;
    const name = files.nameOf(fileId) ?? this.#name;
    say({ type: 'file_complete', fileId, name, before: this.#before, after: files.textOf(fileId) ?? '' });
    if (this.#base === null) changes.add({ fileId, name, change: 'created' });
    else if (files.modelTextOf(fileId) !== this.#base) changes.add({ fileId, name, change: 'changed' });
    if (cutsOff) return;
    say({ type: 'status_update', status: `The answer ended before ${name} did; what was left of it stays.` });
  }

  #remove(): void {
    const { files, say, changes } = this.#context;
    const fileId = this.#fileId;
    const before = fileId === null ? undefined : files.textOf(fileId);
    if (fileId === null || before === undefined) return;
    const name = files.nameOf(fileId) ?? this.#name;
    files.remove(fileId);
    say({ type: 'file_delete', fileId, name, before });
    changes.add({ fileId, name, change: 'deleted' });
  }

  async #change(changes: readonly TextChange[]): Promise<void> {
    if (this.#fileId === null) return;
    await this.#context.files.change(this.#fileId, changes);
  }

  get #tooLong(): string {
    return `is longer than the ${this.#context.limits.fileChars} characters of a file`;
  }

  get #tooMuch(): string {
    return `makes all files together longer than the ${this.#context.limits.totalChars} characters of a workspace`;
  }

  /** With what people wrote into it. While it is written the rest of its old text is in it, too. */
  get #units(): number {
    return this.#fileId === null ? 0 : (this.#context.files.textOf(this.#fileId)?.length ?? 0);
  }

  #isTooLong(): boolean {
    return this.#units > this.#context.limits.fileChars;
  }

  /** Whether the workspace is too long with so many units in this file. A file that gets no longer is not to blame. */
  #isTooMuch(units: number): boolean {
    const { files, limits } = this.#context;
    if (this.#fileId === null || units <= (this.#before?.length ?? 0)) return false;
    return files.unitsBeside(this.#fileId) + units > limits.totalChars;
  }

  #isThere(): boolean {
    return this.#fileId !== null && this.#context.files.modelTextOf(this.#fileId) !== undefined;
  }

  #sayFault(): void {
    const { say, changes } = this.#context;
    const reason = this.#fault ?? '';
    changes.leaveOut(this.#fileId ?? '', this.#name, reason);
    say({ type: 'status_update', status: `${shown(this.#name)} was left out: it ${reason}.` });
  }
}

/** Names that are none may be anything; in a sentence they are not. */
function shown(name: string): string {
  return JSON.stringify(name.length > 80 ? `${name.slice(0, 80).toWellFormed()}…` : name).replaceAll(
    /[\p{Cf}\p{Zl}\p{Zp}]/gu,
    '\ufffd',
  );
}
