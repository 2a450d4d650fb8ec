/** Counts the attached readers of an answer. When the last one detaches, the answer may have to stop (RUN-1). */
export class AttachedReaders {
  #count = 0;

  constructor(private readonly onLastLeft: () => void) {}

  /** Registers a reader. Returns an idempotent detach function. */
  attach(): () => void {
    let isAttached = true;
    this.#count += 1;
    return () => {
      if (!isAttached) return;
      isAttached = false;
      this.#count -= 1;
      if (this.#count === 0) this.onLastLeft();
    };
  }
}
