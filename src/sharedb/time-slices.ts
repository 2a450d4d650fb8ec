import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long one slice of work blocks the event loop at most; ms. */
const SLICE_MS = 8;

/** Splits long work into slices, with a turn of the event loop between two of them. */
export class TimeSlices {
  #since = performance.now();
  #busyMs = 0;

  /** To be awaited between two steps. Waits for the next turn of the event loop when the slice is used up. */
  async pause(): Promise<void> {
    const worked = performance.now() - this.#since;
    if (worked < SLICE_MS) return;
    this.#busyMs += worked;
    await nextTurn();
    this.#since = performance.now();
  }

  /** Time spent working so far, without the pauses; ms. */
  get busyMs(): number {
    return this.#busyMs + performance.now() - this.#since;
  }
}
