/**
 * Divides long work into slices, one per turn of the event loop for the whole process: concurrent requests take turns
 * with each other and with everything else (LIMIT-2).
 */
export class TimeSlices {
  readonly #waiting: Array<() => void> = [];
  #isScheduled = false;

  /** Resolves in a turn of the event loop that has no other slice. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      this.#schedule();
    });
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#waiting.shift()?.();
      if (this.#waiting.length > 0) this.#schedule();
    });
  }
}
