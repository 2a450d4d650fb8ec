import { type Backoff, backoffMs } from '../runs/backoff.ts';

const BACKOFF: Backoff = { baseMs: 500, capMs: 30_000 };

/** Schedules the next attempt after a failure, with exponential backoff. */
export class RetryBackoff {
  #timer: NodeJS.Timeout | undefined;
  #failures = 0;

  /** Whether an attempt is scheduled. */
  get isWaiting(): boolean {
    return this.#timer !== undefined;
  }

  failed(retry: () => void): void {
    const delayMs = backoffMs(this.#failures, BACKOFF);
    this.#failures += 1;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      retry();
    }, delayMs);
    this.#timer.unref();
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Cancels the scheduled attempt. */
  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
