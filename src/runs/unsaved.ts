import type { ReadonlyEntries } from './entries.ts';
import { segmentsOf } from './journal.ts';
import type { Segment } from './store.ts';

/** What is new of a run, on its way to the database. */
export interface Checkpoint {
  runId: string;
  segments: Segment[];
  /** These take the place of all that was written before: some of it was taken back. */
  replace: boolean;
  /** The write failed: what it held is due again. */
  failed(): void;
}

/** What of a live run's log the database does not have yet (RUN-6). */
export class Unsaved {
  /** How many entries it has, or is about to. */
  #saved = 0;
  /** Of the oldest entry that it has not; null: it has all. On the clock of `performance.now()`. */
  #since: number | null = null;
  #replace = false;

  constructor(
    private readonly runId: string,
    private readonly entries: ReadonlyEntries,
  ) {}

  /** The log has grown, or is about to in this very turn. */
  grew(): void {
    this.#since ??= performance.now();
  }

  /** What was written says what was taken back since, and a crash must not bring that back: it is due at once. */
  tookBack(): void {
    this.#replace = true;
    this.#since = Number.NEGATIVE_INFINITY;
  }

  /** What is to be written when something has waited for `ageMs` or longer; null when nothing has. */
  take(ageMs: number): Checkpoint | null {
    if (this.#since === null || performance.now() - this.#since < ageMs) return null;
    const replace = this.#replace;
    const from = replace ? 0 : this.#saved;
    this.#saved = this.entries.length;
    this.#replace = false;
    this.#since = null;
    const segments = segmentsOf(this.runId, this.entries, from);
    return { runId: this.runId, segments, replace, failed: () => this.#failed(from, replace) };
  }

  #failed(from: number, replace: boolean): void {
    this.#saved = Math.min(this.#saved, from);
    this.#replace ||= replace;
    this.#since ??= performance.now();
  }
}
