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

/** An event and the position after it. */
export interface Entry {
  readonly event: LogEvent;
  readonly position: number;
}

/** What redacted units read as, one for one, so that positions hold (PROV-8). */
export const REDACTED = '\u2588';

/**
 * The append-only log of a run. One producer appends; any number of readers follow, each at its own position, none able
 * to slow the producer: appending only wakes them, and each pulls what it is missing when it can take it.
 */
export class RunLog {
  readonly #entries: Entry[] = [];
  readonly #readers = new Set<LogReader>();
  #position = 0;
  #terminal: TerminalEvent | null = null;

  /** The position after the last durable event. */
  get position(): number {
    return this.#position;
  }

  /** The last event, once there is one; nothing follows it. */
  get terminal(): TerminalEvent | null {
    return this.#terminal;
  }

  get entries(): readonly Entry[] {
    return this.#entries;
  }

  /** `remark`: what is to be said in the same breath, so that readers are woken once for both. */
  append(event: DurableEvent, remark?: Remark): void {
    if (this.#terminal) throw new Error('A log takes nothing after its terminal event.');
    this.#position += extent(event);
    if (isTerminal(event)) this.#terminal = event;
    this.#entries.push({ event, position: this.#position });
    if (remark) this.#entries.push({ event: remark, position: this.#position });
    this.#wake();
  }

  /** A passing remark, for those who follow now. */
  remark(event: Remark): void {
    if (this.#terminal) return;
    this.#entries.push({ event, position: this.#position });
    this.#wake();
  }

  /** Overwrites content offsets `[from, to)` wherever they stand, and appends the event that says so. */
  redact(from: number, to: number): void {
    let offset = 0;
    for (const [index, { event, position }] of this.#entries.entries()) {
      if (event.type !== 'content') continue;
      const start = Math.max(from - offset, 0);
      const end = Math.min(to - offset, event.content.length);
      if (start < end) {
        const content =
          event.content.slice(0, start) + REDACTED.repeat(end - start) + event.content.slice(end);
        this.#entries[index] = { event: { ...event, content }, position };
      }
      offset += event.content.length;
    }
    this.append({ type: 'redact', from, to });
  }

  /** The text of a file was taken back: nobody who comes later gets it. */
  withdraw(fileId: string): void {
    for (const [index, { event, position }] of this.#entries.entries()) {
      if (event.type !== 'file_complete' || event.fileId !== fileId) continue;
      this.#entries[index] = { event: { ...event, after: event.before ?? '' }, position };
    }
  }

  /** The text so far, and the position up to which it is exact. */
  text(): { content: string; reasoning: string; position: number } {
    let content = '';
    let reasoning = '';
    for (const { event } of this.#entries) {
      if (event.type === 'content') content += event.content;
      else if (event.type === 'reasoning') reasoning += event.content;
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

  #wake(): void {
    for (const reader of this.#readers) reader.wake();
    if (this.#terminal) this.#readers.clear();
  }
}

export class LogReader {
  readonly #entries: readonly Entry[];
  /** Where in the entries it goes on; remarks before `#joined` are history to it. */
  #index: number;
  readonly #joined: number;
  #position: number;
  readonly #atMost: number;
  readonly #leave: () => void;
  readonly wake: () => void;

  constructor(
    entries: readonly Entry[],
    position: number,
    wake: () => void,
    atMost: number,
    leave: () => void,
  ) {
    this.#entries = entries;
    this.#joined = entries.length;
    this.#index = firstAfter(entries, position);
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
      const entry = this.#entries[this.#index];
      if (entry === undefined) return undefined;
      const { event, position } = entry;
      if (isRemark(event)) {
        this.#index += 1;
        if (this.#index <= this.#joined) continue;
        return entry;
      }
      const missing = position - this.#position;
      if ((event.type === 'content' || event.type === 'reasoning') && missing > this.#atMost) {
        return this.#part(event, position);
      }
      this.#index += 1;
      this.#position = position;
      return missing < extent(event) ? rest(entry, missing) : entry;
    }
    return undefined;
  }

  #part(event: ContentEvent | ReasoningEvent, position: number): Entry {
    const from = event.content.length - (position - this.#position);
    const content = cut(event.content.slice(from), this.#atMost);
    this.#position += content.length;
    return { event: { ...event, content }, position: this.#position };
  }

  /** Leaves; may be called again. */
  close(): void {
    this.#leave();
  }
}

/** The first entry that ends after the position. Positions only grow, so halving finds it. */
function firstAfter(entries: readonly Entry[], position: number): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((entries[middle]?.position ?? 0) > position) high = middle;
    else low = middle + 1;
  }
  return low;
}

function rest(entry: Entry, missing: number): Entry {
  const { event, position } = entry;
  if (event.type !== 'content' && event.type !== 'reasoning') return entry;
  return { event: { ...event, content: event.content.slice(-missing) }, position };
}
