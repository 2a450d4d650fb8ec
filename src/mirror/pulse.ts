/**
 * A common beat for what is gathered before it goes out. Whoever has sent nothing in this period sends at once; everybody
 * else waits for its end, together: so their writes share a transaction, and however fast text comes, none waits longer
 * than a period (MIRROR-3).
 */
export class Pulse implements Disposable {
  readonly #periodMs: number;
  #waiting = new Set<() => void>();
  #timer: NodeJS.Timeout | undefined;

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
  }

  /** The number of the current period. */
  get period(): number {
    return Math.floor(performance.now() / this.#periodMs);
  }

  /** Runs a task, once, when the next period begins. It must not throw. */
  next(task: () => void): void {
    this.#waiting.add(task);
    this.#timer ??= setTimeout(() => this.#beat(), this.#periodMs - (performance.now() % this.#periodMs));
  }

  #beat(): void {
    const tasks = this.#waiting;
    this.#waiting = new Set();
    this.#timer = undefined;
    for (const task of tasks) task();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
  }
}
