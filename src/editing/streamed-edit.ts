import { NotFoundError } from '../errors.ts';
import type { FileChange } from '../wire/events.ts';
import { AnswerApplier, type EditOutput } from './answer-applier.ts';
import { AnswerReader } from './answer-reader.ts';
import type { EditedDocument } from './edited-document.ts';
import { EditedFiles } from './edited-files.ts';
import type { WorkspaceLimits } from './files.ts';
import { TaskQueue } from './task-queue.ts';

export interface StreamedEditSettings extends WorkspaceLimits {
  /** How long lines of a file are gathered before they go into the document; ms. */
  flushMs: number;
}

/** One edit while its answer streams. It takes the answer in pieces and applies them one after the other. */
export class StreamedEdit {
  readonly #document: EditedDocument;
  readonly #settings: StreamedEditSettings;
  readonly #files: EditedFiles;
  readonly #tasks = new TaskQueue();
  #hidden: ReadonlySet<string> = new Set();
  /** Null until it begins. */
  #answer: { reader: AnswerReader; applier: AnswerApplier } | null = null;
  #timer: NodeJS.Timeout | undefined;
  #hasEnded = false;

  /** From here on changes of collaborators are tracked. */
  constructor(document: EditedDocument, settings: StreamedEditSettings) {
    this.#document = document;
    this.#settings = settings;
    this.#files = new EditedFiles(document);
  }

  /** Ids of files that the model is not shown; before it begins. */
  hide(fileIds: ReadonlySet<string>): void {
    this.#hidden = fileIds;
  }

  /** Before the first piece of the answer. */
  begin(output: EditOutput): void {
    const context = { files: this.#files, limits: this.#settings, hidden: this.#hidden, output };
    const applier = new AnswerApplier(context);
    this.#answer = { applier, reader: new AnswerReader(applier, this.#settings.fileChars) };
  }

  /** The next piece of the answer. */
  push(text: string): void {
    this.#add(async () => {
      if (this.#hasEnded || !this.#answer) return;
      const { applier, reader } = this.#answer;
      applier.chunk();
      await reader.push(text);
      if (applier.isWriting) this.#timer ??= setTimeout(this.#flush, this.#settings.flushMs);
    });
  }

  /** Units `[from, to)` of the answer are taken back (PROV-8). */
  redact(from: number, to: number): void {
    this.#add(async () => this.#answer?.applier.redact(from, to));
  }

  /**
   * The answer has ended. Resolves when everything is in the document, and stored; throws what went wrong with that.
   * Later calls wait for the same.
   */
  async end(complete: boolean): Promise<void> {
    this.#add(async () => {
      if (this.#hasEnded) return;
      this.#hasEnded = true;
      await this.#answer?.reader.end(complete);
    });
    await this.#tasks.done();
    clearTimeout(this.#timer);
    await this.#document.stored();
  }

  /** What it has done to each file. */
  get changes(): FileChange[] {
    return this.#answer?.applier.changes ?? [];
  }

  /** Text of a file was taken back, but old ops of the document still contain it. */
  get hasWithdrawn(): boolean {
    return this.#answer?.applier.hasWithdrawn ?? false;
  }

  readonly #flush = (): void => {
    this.#timer = undefined;
    this.#add(async () => this.#answer?.applier.flush());
  };

  #add(task: () => Promise<void>): void {
    this.#tasks.add(async () => {
      if (this.#document.data === null && !this.#hasEnded) throw new NotFoundError('The workspace');
      await task();
    });
  }
}
