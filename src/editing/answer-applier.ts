import type { EditSink } from '../runs/producer.ts';
import type { FileChange } from '../wire/events.ts';
import type { AnswerListener } from './answer-reader.ts';
import { AnswerRegions } from './answer-regions.ts';
import { ChangeList } from './change-list.ts';
import type { EditedFiles } from './edited-files.ts';
import { faultOfName } from './file-names.ts';
import { FileWriter } from './file-writer.ts';
import type { WorkspaceLimits } from './files.ts';

/** What an edit reports: its message, events of files, and what is taken back. */
export type EditOutput = Pick<EditSink, 'content' | 'redact' | 'aside' | 'emit' | 'withdraw'>;

export interface ApplierContext {
  files: EditedFiles;
  limits: WorkspaceLimits;
  /** Ids of files that the model was not shown. */
  hidden: ReadonlySet<string>;
  output: EditOutput;
}

/** Names of files that have no extension. */
const BARE_NAME = /^(?:[A-Z][a-z]*file|LICENSE|NOTICE|README|CHANGELOG|CONTRIBUTING|AUTHORS)$/;

/** Applies what an answer says: prose becomes the message, the block of a file is written into the document. */
export class AnswerApplier implements AnswerListener {
  readonly #context: ApplierContext;
  readonly #changes = new ChangeList();
  readonly #regions = new AnswerRegions();
  #writer: FileWriter | null = null;
  /** The next line of a file begins a chunk of the answer. */
  #isNewChunk = false;
  /** The answer is full: what arrives now is not part of it any more. */
  #isFull = false;
  #hasWithdrawn = false;

  constructor(context: ApplierContext) {
    this.#context = context;
  }

  get changes(): FileChange[] {
    return this.#changes.all;
  }

  /** Text of a file was taken back, but old ops still contain it. */
  get hasWithdrawn(): boolean {
    return this.#hasWithdrawn;
  }

  get isWriting(): boolean {
    return this.#writer !== null;
  }

  chunk(): void {
    this.#isNewChunk = true;
  }

  prose(text: string, offset: number): void {
    this.#context.output.content(text);
    this.#regions.content(text, offset);
  }

  isFileName(name: string): boolean {
    if (this.#context.files.idOf(name) !== undefined) return true;
    // Bold words above a code block are more often a heading than a new file with spaces in its name.
    if (/\s/.test(name) || name.endsWith(':')) return false;
    // An invalid name is refused as a file rather than shown as prose.
    return /[./\\]/.test(name) || BARE_NAME.test(name) || faultOfName(name) !== null;
  }

  open(name: string): void {
    if (this.#isFull) return;
    const { files, limits, hidden, output } = this.#context;
    const emit = output.emit.bind(output);
    this.#writer = new FileWriter(name, { files, changes: this.#changes, limits, hidden, emit });
  }

  line(text: string): void {
    this.#isFull ||= !this.#context.output.aside(`${text}\n`, this.#isNewChunk ? 1 : 0);
    this.#isNewChunk = false;
    if (!this.#isFull) this.#writer?.line(text);
  }

  async close(empty: boolean, from: number, to: number): Promise<void> {
    if (this.#isFull) await this.#writer?.cutOff();
    else await this.#writer?.close(empty);
    this.#endFile(from, to);
  }

  async unclosed(from: number, to: number): Promise<void> {
    await this.#writer?.cutOff();
    this.#endFile(from, to);
  }

  /** Writes the lines so far into the document. */
  async flush(): Promise<void> {
    await this.#writer?.flush();
  }

  /** Takes units `[from, to)` of the answer back (PROV-8). A file that contains some of them is left out. */
  redact(from: number, to: number): void {
    for (const region of this.#regions.within(from, to)) {
      if ('fileId' in region) this.#withdraw(region.fileId);
      else this.#context.output.redact(region.from, region.to);
    }
  }

  #endFile(from: number, to: number): void {
    this.#regions.file(from, to, this.#writer?.fileId ?? null);
    this.#writer = null;
  }

  /** Restores a file as the model found it, with what collaborators wrote into it. */
  #withdraw(fileId: string): void {
    const { files, output } = this.#context;
    this.#hasWithdrawn = true;
    output.withdraw(fileId);
    if (files.modelTextOf(fileId) === undefined) return;
    const name = files.nameOf(fileId) ?? '';
    files.restore(fileId, files.originals.get(fileId) ?? null);
    this.#changes.forget(fileId);
    const reason = 'was taken back by the content filter';
    this.#changes.leaveOut(fileId, name, reason);
    output.emit({ type: 'status_update', status: `${name} was left out: it ${reason}.` });
  }
}
