/** How many groups a period is divided into: the more, the smaller the bursts; the fewer, the more share a transaction. */
const BEATS_PER_PERIOD = 5;

/**
 * A common beat for what is gathered before it goes out (MIRROR-3). Whoever has sent nothing for a period sends at once;
 * everybody else at the first beat after that, together with the others who are due: their writes share a transaction, and
 * however fast text comes, none waits longer than a period and a beat.
 */
export class Pulse implements Disposable {
  readonly #periodMs: number;
  readonly #beatMs: number;
  /** When each task is due. */
  readonly #waiting = new Map<() => void, number>();
  #timer: NodeJS.Timeout | undefined;

  constructor(periodMs: number) {
    this.#periodMs = periodMs;
    this.#beatMs = Math.max(1, periodMs / BEATS_PER_PERIOD);
  }

  /** Whether a period has passed since a moment of `performance.now()`. */
  hasPassed(since: number): boolean {
    return performance.now() - since >= this.#periodMs;
  }

  /** Runs a task, once, when a period has passed since a moment. It must not throw. */
  after(since: number, task: () => void): void {
    if (!this.#waiting.has(task)) this.#waiting.set(task, since + this.#periodMs);
    this.#timer ??= setTimeout(this.#beat, this.#beatMs);
  }

  readonly #beat = (): void => {
    this.#timer = undefined;
    const now = performance.now();
    const due = Array.from(this.#waiting).filter(([, moment]) => moment <= now);
    for (const [task] of due) this.#waiting.delete(task);
    if (this.#waiting.size > 0) this.#timer = setTimeout(this.#beat, this.#beatMs);
    for (const [task] of due) task();
  };

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.#waiting.clear();
  }
}
