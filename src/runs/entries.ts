import type { ContentEvent, LogEvent } from './events.ts';

/** An event and the position after it. */
export interface Entry {
  readonly event: LogEvent;
  readonly position: number;
}

type Other = Exclude<LogEvent, ContentEvent>;

/**
 * What a log holds. Nearly all of it is content, a token at a time, for as long as the run lives: of that only the text is
 * kept, and the event made anew for each who reads it. Thousands of objects a run are thus none that V8 has to keep, move
 * and look through.
 */
export class Entries {
  readonly #kept: Array<string | Other> = [];
  readonly #positions: number[] = [];

  get length(): number {
    return this.#kept.length;
  }

  /** `kept`: an event, or the text of a content event. `position`: that after it; it never falls. */
  push(kept: string | Other, position: number): void {
    this.#kept.push(kept);
    this.#positions.push(position);
  }

  /** Text for text of the same length, or an event for one of the same type. */
  replace(index: number, kept: string | Other): void {
    this.#kept[index] = kept;
  }

  /** The event at `index`; content as its text alone. */
  keptAt(index: number): string | Other {
    const kept = this.#kept[index];
    if (kept === undefined) throw new RangeError(`There is no entry ${index}.`);
    return kept;
  }

  positionAt(index: number): number {
    return this.#positions[index] ?? 0;
  }

  /** How many of the first `end` are content. */
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
}

/** What everybody else sees of it. */
export type ReadonlyEntries = Pick<Entries, 'length' | 'keptAt' | 'positionAt'>;
