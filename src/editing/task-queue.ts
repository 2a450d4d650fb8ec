/** Runs asynchronous tasks one after the other. After one has failed, the others are not run. */
export class TaskQueue {
  #tail: Promise<void> = Promise.resolve();

  add(task: () => Promise<void>): void {
    this.#tail = this.#tail.then(task);
    // Whoever waits for the end receives the failure.
    this.#tail.catch(() => {});
  }

  /** Resolves when all tasks so far are done; rejects with the failure of the first that failed. */
  done(): Promise<void> {
    return this.#tail;
  }
}
