import {
  type ContentEvent,
  extent,
  isTerminal,
  isTransient,
  type LogEvent,
  type TerminalEvent,
  type TransientEvent,
} from '../wire/events.ts';
import { ContentIndex } from './content-index.ts';
import { Entries, type ReadonlyEntries } from './entries.ts';
import { LogReader } from './log-reader.ts';
import { Regions } from './regions.ts';
import { wholeCharacters } from './text.ts';

/**
 * The append-only log of a run. One producer appends, any number of readers follow, each at its own position. Appending
 * only wakes the readers, and each pulls what it is missing when it can take it, so that none slows the producer.
 */
export class RunLog {
  readonly #entries = new Entries();
  readonly #readers = new Set<LogReader>();
  #position = 0;
  #terminal: TerminalEvent | null = null;
  #index: ContentIndex | null = null;
  readonly #redactions = new Regions();
  /** The index of the newest `redact` event; -1: there is none. */
  #redactedAt = -1;
  /** The index from which on an expected reader receives transient events; null: no reader is expected. */
  #expectedFrom: number | null = null;

  /** The position after the last durable event. */
  get position(): number {
    return this.#position;
  }

  /** The last event, null while the run is live. No event follows it. */
  get terminal(): TerminalEvent | null {
    return this.#terminal;
  }

  get entries(): ReadonlyEntries {
    return this.#entries;
  }

  /** Whether text was ever redacted. */
  get isRedacted(): boolean {
    return this.#redactedAt >= 0;
  }

  /** Whether the newest entry is a `redact` event. */
  get endsInRedaction(): boolean {
    return this.isRedacted && this.#redactedAt === this.#entries.length - 1;
  }

  /** Appends a content event. `after` is appended directly behind it, and readers are woken once for both. */
  content(text: string, after?: TransientEvent): void {
    this.#push(text, text.length);
    if (after) this.#entries.push(after, this.#position);
    this.#wake();
  }

  /** After the terminal, a transient event is ignored and a durable one throws. */
  append(event: Exclude<LogEvent, ContentEvent>): void {
    if (this.#terminal && isTransient(event)) return;
    this.#push(event, extent(event));
    if (event.type === 'redact') this.#redactedAt = this.#entries.length - 1;
    if (isTerminal(event)) this.#terminal = event;
    this.#wake();
  }

  /**
   * Overwrites content offsets `[from, to)`, extended to whole characters, and appends a `redact` event. Returns false
   * when the region is empty or was redacted before; then no event is appended.
   */
  redact(from: number, to: number): boolean {
    this.#index ??= new ContentIndex(this.#entries);
    const region = wholeCharacters(this.#index, from, to);
    const added = this.#redactions.add(region);
    if (added.length === 0) return false;
    for (const part of added) this.#index.redact(part);
    this.append({ type: 'redact', ...region });
    return true;
  }

  /** Removes the new text of a file from the log, for readers who come later. */
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
   * Lets the next reader that begins at position 0 receive the transient events from now on. The client that started a
   * run follows it a moment later, and could miss the `status` event of a provider that failed at once.
   */
  expectReader(): void {
    this.#expectedFrom = this.#entries.length;
  }

  /**
   * Follows the log from a position between 0 and `this.position`. `wake` is called after each append, never during
   * this call. The reader then calls `next()` until it returns undefined, and also once at the beginning. Earlier
   * transient events are skipped. `atMost`: UTF-16 units of text per event; longer events are split.
   */
  follow(position: number, wake: () => void, atMost = Number.POSITIVE_INFINITY): LogReader {
    const joined = (position === 0 ? this.#expectedFrom : null) ?? this.#entries.length;
    if (position === 0) this.#expectedFrom = null;
    const leave = () => this.#readers.delete(reader);
    const reader = new LogReader(this.#entries, { position, joined, atMost }, wake, leave);
    if (!this.#terminal) this.#readers.add(reader);
    return reader;
  }

  /** Number of readers that follow now. */
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
