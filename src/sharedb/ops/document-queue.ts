/** Serializes work on each document: one piece of work at a time, first come, first served. */
export class DocumentQueue {
  readonly #tails = new Map<string, Promise<void>>();
  readonly #releases = new WeakMap<object, () => void>();

  /**
   * Resolves when all earlier work on the document was released. `work` identifies this piece until `release(work)`.
   */
  async acquire(document: string, work: object): Promise<void> {
    const before = this.#tails.get(document);
    let done = () => {};
    const tail = new Promise<void>((resolve) => {
      done = resolve;
    });
    this.#tails.set(document, tail);
    this.#releases.set(work, () => {
      done();
      if (this.#tails.get(document) === tail) this.#tails.delete(document);
    });
    await before;
  }

  /** Does nothing for work that was never queued. */
  release(work: object): void {
    this.#releases.get(work)?.();
  }
}
