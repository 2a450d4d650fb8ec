import type { ContentEvent, LogEvent } from '../wire/events.ts';
import { type Region, Regions } from './regions.ts';
import { REDACTED } from './text.ts';

/** An event and the position after it. */
export interface Entry {
  readonly event: LogEvent;
  readonly position: number;
}

type Other = Exclude<LogEvent, ContentEvent>;

/**
 * The entries of a log. Most of them are content of one token. Of these only the text is kept, and the event is created
 * for each reader, so that a run does not hold thousands of objects that the garbage collector has to trace.
 */
export class Entries {
  readonly #kept: Array<string | Other> = [];
  readonly #positions: number[] = [];
  /** Redacted regions by entry that are not overwritten yet: a filter may redact thousands of times in one entry. */
  readonly #redactions = new Map<number, Regions>();

  get length(): number {
    return this.#kept.length;
  }

  /**
   * `kept`: an event, or the text of a content event. `position`: the position after it; never less than the one
   * before.
   */
  push(kept: string | Other, position: number): void {
    this.#kept.push(kept);
    this.#positions.push(position);
  }

  /** Replaces an event by one of the same type. */
  replace(index: number, kept: Other): void {
    this.#kept[index] = kept;
  }

  /** Redacts a region of the content at `index`. */
  redact(index: number, region: Region): void {
    const regions = this.#redactions.get(index) ?? new Regions();
    regions.add(region);
    this.#redactions.set(index, regions);
  }

  /** The event at `index`; for content its text only. */
  keptAt(index: number): string | Other {
    const kept = this.#kept[index];
    if (kept === undefined) throw new RangeError(`There is no entry ${index}.`);
    return this.#redactions.size > 0 && typeof kept === 'string' ? this.#overwritten(index, kept) : kept;
  }

  /** Like `String.charCodeAt` for content, NaN for other events. May return a unit that is redacted. */
  charCodeAt(index: number, offset: number): number {
    const kept = this.#kept[index];
    return typeof kept === 'string' ? kept.charCodeAt(offset) : Number.NaN;
  }

  positionAt(index: number): number {
    return this.#positions[index] ?? 0;
  }

  /** Number of content entries before index `end`. */
  contentsBefore(end: number): number {
    let contents = 0;
    for (let index = 0; index < end; index += 1) if (typeof this.#kept[index] === 'string') contents += 1;
    return contents;
  }

  /** The index of the first entry that ends after the position. */
  firstAfter(position: number): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.positionAt(middle) > position) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  #overwritten(index: number, text: string): string {
    const regions = this.#redactions.get(index);
    if (!regions) return text;
    this.#redactions.delete(index);
    const kept = regions.over(text, REDACTED);
    this.#kept[index] = kept;
    return kept;
  }
}

/** The entries as others see them. */
export type ReadonlyEntries = Pick<Entries, 'length' | 'keptAt' | 'positionAt'>;
