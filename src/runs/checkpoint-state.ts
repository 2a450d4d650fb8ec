import type { ReadonlyEntries } from './entries.ts';
import type { LogWatcher } from './generation.ts';
import { segmentsOf } from './journal.ts';
import type { Segment } from './store.ts';

/** Text of a run that is to be stored. */
export interface Checkpoint {
  runId: string;
  segments: Segment[];
  /** Replaces all segments of the run, because some of their text was redacted. */
  replace: boolean;
  /** To be called when the write failed: its entries become due again. */
  failed(): void;
}

/** Tracks which entries of a live run's log are not stored yet (RUN-6). */
export class CheckpointState implements LogWatcher {
  /** Number of entries that are stored or being written. */
  #saved = 0;
  /**
   * When the oldest entry that is not stored was appended, on the clock of `performance.now()`; null: all are stored.
   */
  #since: number | null = null;
  #replace = false;

  constructor(private readonly runId: string) {}

  appended(): void {
    this.#since ??= performance.now();
  }

  /**
   * Stored segments still contain the redacted text. The next checkpoint replaces them at once, so that it does not
   * return after a crash.
   */
  redacted(): void {
    this.#replace = true;
    this.#since = Number.NEGATIVE_INFINITY;
  }

  /** Returns what is to be written if an entry has waited for `ageMs` or longer, else null. */
  take(entries: ReadonlyEntries, ageMs: number): Checkpoint | null {
    if (this.#since === null || performance.now() - this.#since < ageMs) return null;
    const replace = this.#replace;
    const from = replace ? 0 : this.#saved;
    this.#saved = entries.length;
    this.#replace = false;
    this.#since = null;
    const segments = segmentsOf(this.runId, entries, from);
    return { runId: this.runId, segments, replace, failed: () => this.#failed(from, replace) };
  }

  #failed(from: number, replace: boolean): void {
    this.#saved = Math.min(this.#saved, from);
    this.#replace ||= replace;
    this.#since ??= performance.now();
  }
}
