import type { Entries } from './entries.ts';
import type { Region } from './regions.ts';

/**
 * Finds the log entries of a content offset. It is created for logs with redactions only. A filter may redact thousands
 * of times, so entries are indexed once and no text is copied.
 */
export class ContentIndex {
  /** The indices of the content entries, and the content offset at which each begins. */
  readonly #indices: number[] = [];
  readonly #starts: number[] = [];
  #seen = 0;
  #length = 0;

  constructor(private readonly entries: Entries) {}

  get length(): number {
    for (; this.#seen < this.entries.length; this.#seen += 1) {
      const kept = this.entries.keptAt(this.#seen);
      if (typeof kept !== 'string') continue;
      this.#indices.push(this.#seen);
      this.#starts.push(this.#length);
      this.#length += kept.length;
    }
    return this.#length;
  }

  /** Like `String.charCodeAt`. */
  charCodeAt(offset: number): number {
    const at = this.#lastFrom(offset);
    return this.entries.charCodeAt(this.#indices[at] ?? -1, offset - (this.#starts[at] ?? 0));
  }

  /** Redacts a region of the content. */
  redact({ from, to }: Region): void {
    const length = this.length;
    for (let at = this.#lastFrom(from); at < this.#starts.length; at += 1) {
      const start = this.#starts[at] ?? 0;
      if (start >= to) return;
      const end = Math.min(to, this.#starts[at + 1] ?? length);
      this.entries.redact(this.#indices[at] ?? -1, {
        from: Math.max(from, start) - start,
        to: end - start,
      });
    }
  }

  /** The last entry that begins at or before the offset. */
  #lastFrom(offset: number): number {
    let low = 0;
    let high = this.#starts.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#starts[middle] ?? 0) > offset) high = middle;
      else low = middle + 1;
    }
    return Math.max(0, low - 1);
  }
}
