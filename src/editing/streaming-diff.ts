import type { TextChange } from '../text/text-change.ts';
import { areSimilar, lineDiff } from './line-diff.ts';

/** How many lines ahead the old version of a changed line is looked for. */
const LOOK_AHEAD = 3;

/** Lines that occur more often do not identify a place in the text. */
const MAX_PLACES = 20;

/** The most lines in a row that are required as proof that the model has left lines out. */
const MAX_PROOF = 32;

/**
 * Lines that occur further below, in the same order: either the model skips what is between, which then goes, or it
 * only repeats these lines.
 */
interface PossibleSkip {
  from: number;
  lines: string[];
}

/** Old lines `[from, to)` that `lines` replace. */
interface Hunk {
  from: number;
  to: number;
  lines: string[];
}

/**
 * Streaming diff: aligns a new version of a text with the old one while it is being written, line by line. Lines that
 * both have stay untouched, and old lines that the new version has not reached yet stay where they are: at any moment
 * the text is what was written so far, followed by the rest of the old text.
 */
export class StreamingDiff {
  readonly #base: readonly string[];
  readonly #places = new Map<string, number[]>();
  /** The next old line. */
  #next = 0;
  /** UTF-16 units of the new text so far. */
  #done = 0;
  #skip: PossibleSkip | null = null;
  #hunk: Hunk | null = null;
  #closedHunks: Hunk[] = [];

  constructor(base: string) {
    this.#base = linesOf(base);
    for (const [index, line] of this.#base.entries()) {
      const places = this.#places.get(line);
      if (places) places.push(index);
      else this.#places.set(line, [index]);
    }
  }

  /** Whether the last line of the old text has no line end. */
  get endsOpen(): boolean {
    const last = this.#base.at(-1);
    return last !== undefined && !last.endsWith('\n');
  }

  /** Takes the next lines, each with its line end. Returns the changes of the text. */
  push(lines: readonly string[]): TextChange[] {
    const start = this.#next;
    this.#closedHunks = [];
    for (const line of lines) this.#take(line);
    return this.#changes(start);
  }

  /** Nothing more is written. `truncate`: the rest of the old text is removed; else it stays. */
  end(truncate: boolean): TextChange[] {
    const start = this.#next;
    this.#closedHunks = [];
    // The lines of a possible skip are new text only if the old ones go; else they are in the text already.
    if (truncate) {
      this.#hunk = { from: this.#next, to: this.#base.length, lines: this.#skip?.lines ?? [] };
      this.#next = this.#base.length;
    }
    this.#skip = null;
    return this.#changes(start);
  }

  #take(line: string): void {
    const skip = this.#skip;
    if (skip) {
      if (this.#base[skip.from + skip.lines.length] === line) {
        skip.lines.push(line);
        this.#confirm(skip);
        return;
      }
      this.#skip = null;
      for (const repeated of skip.lines) this.#write(repeated);
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
    this.#skip = { from: place, lines: [line] };
    this.#confirm(this.#skip);
  }

  /** The more lines would be skipped, the more matching lines in a row are required. */
  #confirm(skip: PossibleSkip): void {
    const between = skip.from - this.#next;
    const proof = between === 1 ? 1 : Math.min(1 + Math.ceil(between / 8), MAX_PROOF);
    if (skip.lines.length < proof) return;
    this.#open().to = skip.from;
    this.#next = skip.from;
    this.#close();
    this.#next += skip.lines.length;
    this.#skip = null;
  }

  /** Where the line occurs further below, if it identifies a place. */
  #placeOf(line: string): number | undefined {
    if (line.trim().length < 3 || !/[\p{L}\p{N}]/u.test(line)) return undefined;
    const places = this.#places.get(line);
    if (!places || places.length > MAX_PLACES) return undefined;
    return places.find((place) => place > this.#next);
  }

  /** A line that the old text does not have here: a changed version of one of its next lines, or a new line. */
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
    if (this.#hunk) this.#closedHunks.push(this.#hunk);
    this.#hunk = null;
  }

  /** Offsets refer to the text before this call: `#done` units, then the old text from line `start` on. */
  #changes(start: number): TextChange[] {
    this.#close();
    const changes: TextChange[] = [];
    let at = this.#done;
    let line = start;
    let grown = 0;
    const walk = (to: number) => {
      for (; line < to; line += 1) at += this.#base[line]?.length ?? 0;
    };
    for (const { from, to, lines } of this.#closedHunks) {
      walk(from);
      const before = at;
      for (const change of lineDiff(this.#base.slice(from, to), lines, at)) {
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

/** With their line ends; the last line may have none. */
export function linesOf(text: string): string[] {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  const whole = lines.map((line) => `${line}\n`);
  return last === '' ? whole : [...whole, last];
}
