import { NotFoundError } from '../errors.ts';
import type { FileChange, FileEvent } from '../runs/events.ts';
import type { EditSink } from '../runs/producer.ts';
import { type AnswerListener, AnswerReader } from './answer-reader.ts';
import { ChangeList } from './change-list.ts';
import type { EditedDocument } from './edited-document.ts';
import { EditedFiles } from './edited-files.ts';
import { faultOfName } from './file-names.ts';
import { FileWriter } from './file-writer.ts';
import { replacement } from './text-change.ts';
import type { WorkspaceLimits } from './workspace.ts';

/** A region of the answer, and what became of it: content from an offset on, or text of a file. */
type Region = { from: number; to: number } & ({ content: number } | { fileId: string | null });

/** Names of files that have no ending. */
const BARE_NAME = /^(?:[A-Z][a-z]*file|LICENSE|NOTICE|README|CHANGELOG|CONTRIBUTING|AUTHORS)$/;

/**
 * One edit while it is being written: prose goes on as the message, blocks of files go into the document, gathered for
 * `flushMs`. It takes the answer in pieces, one after the other.
 */
export class EditSession implements AnswerListener {
  readonly #document: EditedDocument;
  readonly #limits: WorkspaceLimits;
  readonly #flushMs: number;
  #hidden: ReadonlySet<string> = new Set();
  readonly #files: EditedFiles;
  readonly #changes = new ChangeList();
  readonly #reader: AnswerReader;
  #sink: EditSink | null = null;
  #say: (event: FileEvent) => void = () => {};
  #writer: FileWriter | null = null;
  #timer: NodeJS.Timeout | undefined;
  /** Pieces are read in turn. */
  #tail: Promise<void> = Promise.resolve();
  #ended = false;
  #isNewChunk = false;
  #withdrawn = false;
  /** What comes now is not part of the answer any more. */
  #isOver = false;
  #contentLength = 0;
  readonly #regions: Region[] = [];

  /** From here on it knows what people do to the document. */
  constructor(document: EditedDocument, settings: WorkspaceLimits & { flushMs: number }) {
    this.#document = document;
    this.#limits = settings;
    this.#flushMs = settings.flushMs;
    this.#files = new EditedFiles(document);
    this.#reader = new AnswerReader(this, settings.fileChars);
  }

  /** Files that the model is not shown. */
  hide(fileIds: ReadonlySet<string>): void {
    this.#hidden = fileIds;
  }

  /** From here on it can tell what happens. */
  begin(sink: EditSink): void {
    this.#sink = sink;
    this.#say = (event) => sink.mark(event);
  }

  /** Its last words go elsewhere: the run's end is decided. */
  sayTo(say: (event: FileEvent) => void): void {
    this.#say = say;
  }

  /** The next piece of the answer. */
  push(text: string): void {
    this.#inTurn(async () => {
      if (this.#ended) return;
      this.#isNewChunk = true;
      await this.#reader.push(text);
    });
  }

  /** Nothing follows. Resolves when all is in the document, and stored; throws what went wrong with that. */
  async end(complete: boolean): Promise<void> {
    this.#inTurn(async () => {
      if (this.#ended) return;
      this.#ended = true;
      await this.#reader.end(complete);
    });
    await this.#tail;
    clearTimeout(this.#timer);
    await this.#document.stored();
  }

  /** These units of the answer are taken back (PROV-8). A file that has some of them is left out. */
  redact(from: number, to: number): void {
    this.#inTurn(async () => {
      for (const region of this.#regions) {
        const start = Math.max(from, region.from);
        const end = Math.min(to, region.to);
        if (start >= end) continue;
        if ('content' in region) {
          const shift = region.content - region.from;
          this.#sink?.redact(start + shift, end + shift);
        } else if (region.fileId !== null) {
          this.#restore(region.fileId);
        }
      }
    });
  }

  get changes(): FileChange[] {
    return this.#changes.all;
  }

  prose(text: string, offset: number): void {
    this.#sink?.content(text);
    const last = this.#regions.at(-1);
    if (last && 'content' in last && last.to === offset) last.to += text.length;
    else this.#regions.push({ from: offset, to: offset + text.length, content: this.#contentLength });
    this.#contentLength += text.length;
  }

  isFileName(name: string): boolean {
    if (this.#files.idOf(name) !== undefined) return true;
    // Bold words above a block of code are a heading more often than a new file with spaces in its name.
    if (/\s/.test(name) || name.endsWith(':')) return false;
    // What is no name is refused as a file rather than shown as code.
    return /[./\\]/.test(name) || BARE_NAME.test(name) || faultOfName(name) !== null;
  }

  open(name: string): void {
    if (this.#isOver) return;
    this.#writer = new FileWriter(name, {
      files: this.#files,
      changes: this.#changes,
      limits: this.#limits,
      hidden: this.#hidden,
      say: (event) => this.#say(event),
    });
  }

  line(text: string): void {
    this.#isOver ||= !this.#sink?.aside(`${text}\n`, this.#isNewChunk ? 1 : 0);
    this.#isNewChunk = false;
    if (this.#isOver) return;
    this.#writer?.line(text);
    this.#timer ??= setTimeout(this.#flush, this.#flushMs);
  }

  async close(empty: boolean, from: number, to: number): Promise<void> {
    if (this.#isOver) await this.#writer?.cutOff();
    else await this.#writer?.close(empty);
    this.#left(from, to);
  }

  async unclosed(from: number, to: number): Promise<void> {
    await this.#writer?.cutOff();
    this.#left(from, to);
  }

  #left(from: number, to: number): void {
    this.#regions.push({ from, to, fileId: this.#writer?.fileId ?? null });
    this.#writer = null;
  }

  readonly #flush = (): void => {
    this.#timer = undefined;
    this.#inTurn(async () => this.#writer?.flush());
  };

  /** Text of a file was taken back, that old ops still have. */
  get hasWithdrawn(): boolean {
    return this.#withdrawn;
  }

  /** The file as the model found it, with what people wrote into it. */
  #restore(fileId: string): void {
    this.#withdrawn = true;
    this.#sink?.withdraw(fileId);
    const text = this.#files.modelTextOf(fileId);
    if (text === undefined) return;
    const name = this.#files.nameOf(fileId) ?? '';
    const original = this.#files.originals.get(fileId);
    const back = replacement(text, original ?? '');
    // One change is made at once.
    void this.#files.change(fileId, back ? [back] : []);
    if (original === undefined && this.#files.textOf(fileId) === '') this.#files.remove(fileId);
    this.#changes.forget(fileId);
    const reason = 'was taken back by the content filter';
    this.#changes.leaveOut(fileId, name, reason);
    this.#say({ type: 'status_update', status: `${name} was left out: it ${reason}.` });
  }

  /** A failure is met by whoever waits for the end. */
  #inTurn(work: () => Promise<void>): void {
    this.#tail = this.#tail.then(async () => {
      if (this.#document.data === null && !this.#ended) throw new NotFoundError('The workspace');
      await work();
    });
    this.#tail.catch(() => {});
  }
}
