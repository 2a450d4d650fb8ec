/** Interval of the timer that detects pauses of the process. In ms. */
const TICK_MS = 250;
/**
 * A tick that is later than this means that the process was paused: stopped, suspended, or blocked by long work. In ms.
 */
const SLACK_MS = 250;

/**
 * A clock that stands still while this process is paused (SIGSTOP, `docker pause`, a suspended machine, long
 * synchronous work). Data of providers waits in sockets meanwhile, so a pause must not count as their silence (RUN-9).
 */
class AwakeTime {
  #pausedMs = 0;
  #sampledAt = 0;
  #users = 0;
  #ticking: NodeJS.Timeout | undefined;

  /** In ms, since an arbitrary moment. */
  now(): number {
    return performance.now() - this.#pausedMs;
  }

  /** Detects a pause since the last sample. */
  sample(): void {
    const now = performance.now();
    const late = now - this.#sampledAt - TICK_MS;
    if (late > SLACK_MS) this.#pausedMs += late;
    this.#sampledAt = now;
  }

  /** Starts the timer, which all users share. */
  acquire(): void {
    this.#users += 1;
    if (this.#users > 1) return;
    this.#sampledAt = performance.now();
    this.#ticking = setInterval(() => this.sample(), TICK_MS);
    this.#ticking.unref();
  }

  release(): void {
    this.#users -= 1;
    if (this.#users === 0) clearInterval(this.#ticking);
  }
}

export const awakeTime = new AwakeTime();
