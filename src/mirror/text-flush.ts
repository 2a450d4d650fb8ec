import type { FlushScheduler } from './flush-scheduler.ts';

/** Decides when new text of one chat is sent: at once after a quiet period, otherwise on a common tick (MIRROR-3). */
export class TextFlush {
  readonly #scheduler: FlushScheduler;
  readonly #send: () => void;
  /** When text was last sent; as `performance.now()`. */
  #sentAt = Number.NEGATIVE_INFINITY;

  constructor(scheduler: FlushScheduler, send: () => void) {
    this.#scheduler = scheduler;
    this.#send = send;
  }

  /** There is new text. */
  request(): void {
    if (this.#scheduler.hasPassed(this.#sentAt)) this.#send();
    else this.#scheduler.schedule(this.#sentAt, this.#send);
  }

  /** Text is sent now. */
  sent(): void {
    this.#sentAt = performance.now();
  }
}
