/**
 * Counts the turns that the event loop of this process makes. Work in slices leaves room for many, work in one go for a
 * few: that depends on the work, and a machine that is slow or busy can only add to it, as no clock can say.
 */
export class EventLoopTurns implements Disposable {
  #count = 0;
  #isOver = false;

  constructor() {
    const next = () => {
      this.#count += 1;
      if (!this.#isOver) setImmediate(next);
    };
    setImmediate(next);
  }

  /** How many there were so far. */
  get count(): number {
    return this.#count;
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
  }
}

/** How many turns there were until the work was done. */
export async function turnsDuring(work: Promise<unknown>): Promise<number> {
  using turns = new EventLoopTurns();
  await work;
  return turns.count;
}
