import { isText, isTransient, type TextEvent } from '../wire/events.ts';
import type { Entries, Entry } from './entries.ts';
import { cut } from './text.ts';

export interface ReaderOptions {
  /** The position of the last event that the reader has received. */
  readonly position: number;
  /** The index of the first entry from which on it receives transient events, too. */
  readonly joined: number;
  /** UTF-16 units of text per event; longer events are split. */
  readonly atMost: number;
}

/** Follows a log at its own position. The log calls `wake`; the reader pulls events when it can take them. */
export class LogReader {
  readonly #entries: Entries;
  /** The index of the next entry. Transient events before `#joined` are skipped. */
  #index: number;
  readonly #joined: number;
  /** Number of content events before `#index`. */
  #contents: number;
  #position: number;
  readonly #atMost: number;
  readonly #leave: () => void;
  readonly wake: () => void;

  constructor(
    entries: Entries,
    { position, joined, atMost }: ReaderOptions,
    wake: () => void,
    leave: () => void,
  ) {
    this.#entries = entries;
    this.#joined = joined;
    this.#index = Math.min(entries.firstAfter(position), joined);
    this.#contents = entries.contentsBefore(this.#index);
    this.#position = position;
    this.wake = wake;
    this.#atMost = atMost;
    this.#leave = leave;
  }

  /** The position of the last event that the reader has received. */
  get position(): number {
    return this.#position;
  }

  /** Returns the next event, without text that the reader has already; undefined when there is none yet. */
  next(): Entry | undefined {
    while (this.#index < this.#entries.length) {
      const kept = this.#entries.keptAt(this.#index);
      const position = this.#entries.positionAt(this.#index);
      if (typeof kept === 'string') {
        return this.#text({ type: 'content', content: kept, chunkNumber: this.#contents + 1 }, position);
      }
      if (isText(kept)) return this.#text(kept, position);
      this.#pass(position);
      if (isTransient(kept) && this.#index <= this.#joined) continue;
      return { event: kept, position };
    }
    return undefined;
  }

  /** Returns the missing part of a text event, at most `atMost` units of it. */
  #text(event: TextEvent, position: number): Entry {
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

  /** Stops following. Idempotent. */
  close(): void {
    this.#leave();
  }
}
