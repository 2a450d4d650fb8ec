import { areSimilar, difference } from './line-difference.ts';
import type { TextChange } from './text-change.ts';

/** How many lines ahead a changed line is looked for. */
const LOOK_AHEAD = 3;

/** Lines that are found more often than that say nothing about where they stand. */
const MOST_PLACES = 20;

/** The most lines in a row that can be asked for as proof that the model has left lines out. */
const MOST_PROOF = 32;

/** Lines that are found further below, in the same order: either the model has left out what is between, or it repeats them. */
interface Echo {
  from: number;
  lines: string[];
}

/** A piece of the old text that reads differently now: lines `[from, to)`. */
interface Hunk {
  from: number;
  to: number;
  lines: string[];
}

/**
 * Lays a new version of a text over the old one while it is being written, line by line: what it has in common with the
 * beginning of the old text stays untouched, and what it has not come to yet stays where it is. The text at any moment is
 * what was written so far, followed by the rest of the old text.
 */
export class Alignment {
  readonly #base: readonly string[];
  readonly #places = new Map<string, number[]>();
  /** The next old line. */
  #next = 0;
  /** Units of the new text that are in their place. */
  #done = 0;
  #echo: Echo | null = null;
  #hunk: Hunk | null = null;
  #settled: Hunk[] = [];

  constructor(base: string) {
    this.#base = linesOf(base);
    for (const [index, line] of this.#base.entries()) {
      const places = this.#places.get(line);
      if (places) places.push(index);
      else this.#places.set(line, [index]);
    }
  }

  /** Whether the old text has a last line that does not end. */
  get endsOpen(): boolean {
    const last = this.#base.at(-1);
    return last !== undefined && !last.endsWith('\n');
  }

  /** Takes the next lines, each with its end; answers how the text changes by them. */
  push(lines: readonly string[]): TextChange[] {
    const start = this.#next;
    this.#settled = [];
    for (const line of lines) this.#take(line);
    return this.#changes(start);
  }

  /** Nothing more is written. `cutsOff`: what is left of the old text goes; else it stays. */
  end(cutsOff: boolean): TextChange[] {
    const start = this.#next;
    this.#settled = [];
    // Lines that may have been a repetition: when nothing goes, they are there already.
    if (cutsOff) {
      this.#hunk = { from: this.#next, to: this.#base.length, lines: this.#echo?.lines ?? [] };
      this.#next = this.#base.length;
    }
    this.#echo = null;
    return this.#changes(start);
  }

  #take(line: string): void {
    const echo = this.#echo;
    if (echo) {
      if (this.#base[echo.from + echo.lines.length] === line) {
        echo.lines.push(line);
        this.#consider(echo);
        return;
      }
      this.#echo = null;
      for (const repeated of echo.lines) this.#write(repeated);
    }
    if (this.#base[this.#next] === line) {
      this.#close();
      this.#next += 1;
      return;
    }
    const place = this.#placeOf(line);
    if (place === undefined) {
      this.#write(line);
      return;
    }
    this.#echo = { from: place, lines: [line] };
    this.#consider(this.#echo);
  }

  /** The more lines would go, the more lines have to speak for it. */
  #consider(echo: Echo): void {
    const between = echo.from - this.#next;
    const proof = between === 1 ? 1 : Math.min(1 + Math.ceil(between / 8), MOST_PROOF);
    if (echo.lines.length < proof) return;
    this.#open().to = echo.from;
    this.#next = echo.from;
    this.#close();
    this.#next += echo.lines.length;
    this.#echo = null;
  }

  /** Where a line that tells where it stands is found further below. */
  #placeOf(line: string): number | undefined {
    if (line.trim().length < 3 || !/[\p{L}\p{N}]/u.test(line)) return undefined;
    const places = this.#places.get(line);
    if (!places || places.length > MOST_PLACES) return undefined;
    return places.find((place) => place > this.#next);
  }

  /** A line that the old text does not have here: one of its next lines, changed, or a new one. */
  #write(line: string): void {
    const hunk = this.#open();
    for (let ahead = 0; ahead < LOOK_AHEAD; ahead += 1) {
      const old = this.#base[this.#next + ahead];
      if (old === undefined || !areSimilar(old, line)) continue;
      this.#next += ahead + 1;
      hunk.to = this.#next;
      break;
    }
    hunk.lines.push(line);
  }

  #open(): Hunk {
    this.#hunk ??= { from: this.#next, to: this.#next, lines: [] };
    return this.#hunk;
  }

  #close(): void {
    if (this.#hunk) this.#settled.push(this.#hunk);
    this.#hunk = null;
  }

  /** Offsets are those of the text before this call: `#done` units, then the old text from line `start` on. */
  #changes(start: number): TextChange[] {
    this.#close();
    const changes: TextChange[] = [];
    let at = this.#done;
    let line = start;
    let grown = 0;
    const walk = (to: number) => {
      for (; line < to; line += 1) at += this.#base[line]?.length ?? 0;
    };
    for (const { from, to, lines } of this.#settled) {
      walk(from);
      const before = at;
      for (const change of difference(this.#base.slice(from, to), lines, at)) {
        changes.push(change);
        grown += change.insert.length - change.remove;
      }
      walk(to);
      if (at < before) throw new RangeError('Hunks are in order.');
    }
    walk(this.#next);
    this.#done = at + grown;
    return changes;
  }
}

/** With their ends; the last one may have none. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const whole = lines.map((line) => `${line}\n`);
  return last === '' ? whole : [...whole, last];
}
