import { Entries, type Entry, type ReadonlyEntries } from './entries.ts';
import {
  type ContentEvent,
  type DurableEvent,
  extent,
  isRemark,
  isTerminal,
  type LogEvent,
  type ReasoningEvent,
  type Remark,
  type TerminalEvent,
} from './events.ts';
import { cut } from './text.ts';

/** What redacted units read as, one for one, so that positions hold (PROV-8). */
export const REDACTED = '\u2588';

/**
 * The append-only log of a run. One producer appends; any number of readers follow, each at its own position, none able
 * to slow the producer: appending only wakes them, and each pulls what it is missing when it can take it.
 */
export class RunLog {
  readonly #entries = new Entries();
  readonly #readers = new Set<LogReader>();
  #position = 0;
  #terminal: TerminalEvent | null = null;
  /** The index of the newest redaction. */
  #redactedAt = -1;

  /** The position after the last durable event. */
  get position(): number {
    return this.#position;
  }

  /** The last event, once there is one; nothing follows it. */
  get terminal(): TerminalEvent | null {
    return this.#terminal;
  }

  get entries(): ReadonlyEntries {
    return this.#entries;
  }

  /** Whether text was ever taken back. */
  get isRedacted(): boolean {
    return this.#redactedAt >= 0;
  }

  /** Whether the newest entry says that text was taken back. */
  get endsInRedaction(): boolean {
    return this.isRedacted && this.#redactedAt === this.#entries.length - 1;
  }

  /**
   * Text of the answer: the next content event. `remark`: what is to be said in the same breath, so that readers are woken
   * once for both.
   */
  content(text: string, remark?: Remark): void {
    this.#push(text, text.length);
    if (remark) this.#entries.push(remark, this.#position);
    this.#wake();
  }

  append(event: Exclude<DurableEvent, ContentEvent>): void {
    this.#push(event, extent(event));
    if (event.type === 'redact') this.#redactedAt = this.#entries.length - 1;
    if (isTerminal(event)) this.#terminal = event;
    this.#wake();
  }

  /** A passing remark, for those who follow now. */
  remark(event: Remark): void {
    if (this.#terminal) return;
    this.#entries.push(event, this.#position);
    this.#wake();
  }

  /** Overwrites content offsets `[from, to)` wherever they stand, and appends the event that says so. */
  redact(from: number, to: number): void {
    let offset = 0;
    for (let index = 0; index < this.#entries.length; index += 1) {
      const text = this.#entries.keptAt(index);
      if (typeof text !== 'string') continue;
      const start = Math.max(from - offset, 0);
      const end = Math.min(to - offset, text.length);
      if (start < end) {
        this.#entries.replace(index, text.slice(0, start) + REDACTED.repeat(end - start) + text.slice(end));
      }
      offset += text.length;
    }
    this.append({ type: 'redact', from, to });
  }

  /** The text of a file was taken back: nobody who comes later gets it. */
  withdraw(fileId: string): void {
    for (let index = 0; index < this.#entries.length; index += 1) {
      const event = this.#entries.keptAt(index);
      if (typeof event === 'string' || event.type !== 'file_complete' || event.fileId !== fileId) continue;
      this.#entries.replace(index, { ...event, after: event.before ?? '' });
    }
  }

  /** The text so far, and the position up to which it is exact. */
  text(): { content: string; reasoning: string; position: number } {
    let content = '';
    let reasoning = '';
    for (let index = 0; index < this.#entries.length; index += 1) {
      const kept = this.#entries.keptAt(index);
      if (typeof kept === 'string') content += kept;
      else if (kept.type === 'reasoning') reasoning += kept.content;
    }
    return { content, reasoning, position: this.#position };
  }

  /**
   * Follows the log from a position, 0 to `this.position`. `wake` is called after each append, never during this call;
   * then, and once at the beginning, the reader pulls with `next()` until there is nothing. Remarks that were made
   * before are skipped. `atMost`: UTF-16 units of text that it takes at once; longer events reach it in parts.
   */
  follow(position: number, wake: () => void, atMost = Number.POSITIVE_INFINITY): LogReader {
    const reader = new LogReader(this.#entries, position, wake, atMost, () => this.#readers.delete(reader));
    if (!this.#terminal) this.#readers.add(reader);
    return reader;
  }

  /** How many follow now. */
  get readerCount(): number {
    return this.#readers.size;
  }

  #push(kept: Parameters<Entries['push']>[0], length: number): void {
    if (this.#terminal) throw new Error('A log takes nothing after its terminal event.');
    this.#position += length;
    this.#entries.push(kept, this.#position);
  }

  #wake(): void {
    for (const reader of this.#readers) reader.wake();
    if (this.#terminal) this.#readers.clear();
  }
}

export class LogReader {
  readonly #entries: Entries;
  /** Where in the entries it goes on; remarks before `#joined` are history to it. */
  #index: number;
  readonly #joined: number;
  /** How many content events lie before `#index`. */
  #contents: number;
  #position: number;
  readonly #atMost: number;
  readonly #leave: () => void;
  readonly wake: () => void;

  constructor(entries: Entries, position: number, wake: () => void, atMost: number, leave: () => void) {
    this.#entries = entries;
    this.#joined = entries.length;
    this.#index = entries.firstAfter(position);
    this.#contents = entries.contentsBefore(this.#index);
    this.#position = position;
    this.wake = wake;
    this.#atMost = atMost;
    this.#leave = leave;
  }

  /** What the reader has, as a position. */
  get position(): number {
    return this.#position;
  }

  /** The next event that it is missing, cut to what it does not have; undefined when there is none yet. */
  next(): Entry | undefined {
    while (this.#index < this.#entries.length) {
      const kept = this.#entries.keptAt(this.#index);
      const position = this.#entries.positionAt(this.#index);
      const event: LogEvent =
        typeof kept === 'string' ? { type: 'content', content: kept, chunkNumber: this.#contents + 1 } : kept;
      if (isRemark(event)) {
        this.#index += 1;
        if (this.#index <= this.#joined) continue;
        return { event, position };
      }
      if (event.type === 'content' || event.type === 'reasoning') return this.#text(event, position);
      this.#pass(position);
      return { event, position };
    }
    return undefined;
  }

  /** Of a text what is missing, as much as it takes at once. */
  #text(event: ContentEvent | ReasoningEvent, position: number): Entry {
    const missing = position - this.#position;
    if (missing <= this.#atMost) {
      if (event.type === 'content') this.#contents += 1;
      this.#pass(position);
      if (missing === event.content.length) return { event, position };
      return { event: { ...event, content: event.content.slice(-missing) }, position };
    }
    const content = cut(event.content.slice(event.content.length - missing), this.#atMost);
    this.#position += content.length;
    return { event: { ...event, content }, position: this.#position };
  }

  #pass(position: number): void {
    this.#index += 1;
    this.#position = position;
  }

  /** Leaves; may be called again. */
  close(): void {
    this.#leave();
  }
}
