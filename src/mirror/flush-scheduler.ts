/** Number of flushes in a period: more flushes make smaller bursts, fewer share more transactions. */
const TICKS_PER_PERIOD = 5;

/**
 * Coalesces text before it is sent (MIRROR-3). A task that has sent nothing for a period may run at once. All others
 * run on the first common tick after their period, so that their writes share a transaction. Text waits for at most a
 * period and a tick.
 */
export class FlushScheduler implements Disposable {
  readonly #periodMs: number;
  readonly #tickMs: number;
  /** When each task is due. */
  readonly #due = new Map<() => void, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
    this.#tickMs = Math.max(1, periodMs / TICKS_PER_PERIOD);
  }

  /** Whether a period has passed since a moment of `performance.now()`. */
  hasPassed(since: number): boolean {
    return performance.now() - since >= this.#periodMs;
  }

  /**
   * Runs a task once, when a period has passed since a moment. Does nothing if the task is scheduled already. The task
   * must not throw.
   */
  schedule(since: number, task: () => void): void {
    if (!this.#due.has(task)) this.#due.set(task, since + this.#periodMs);
    this.#timer ??= setTimeout(this.#tick, this.#tickMs);
  }

  readonly #tick = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    const due = Array.from(this.#due).filter(([, moment]) => moment <= now);
    for (const [task] of due) this.#due.delete(task);
    if (this.#due.size > 0) this.#timer = setTimeout(this.#tick, this.#tickMs);
    for (const [task] of due) task();
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#due.clear();
  }
}
