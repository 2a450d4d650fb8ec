import { RetryBackoff } from './retry-backoff.ts';

/** The updates that an `UpdateLoop` runs. */
export interface Updates {
  isPending(): boolean;
  /** Runs the next update. */
  update(): Promise<void>;
  /** An update failed. It has to be pending again. */
  onFailure(error: unknown): void;
  /** Whether to try again when the delay after a failure is over; if not, the next use does. */
  isRetryNeeded(): boolean;
  /** No update is running. */
  onRest(): void;
}

/** Runs the updates of one document, one at a time; after a failure again, with exponential backoff. */
export class UpdateLoop {
  readonly #updates: Updates;
  readonly #retry = new RetryBackoff();
  #running: Promise<void> | null = null;

  constructor(updates: Updates) {
    this.#updates = updates;
  }

  get isRunning(): boolean {
    return this.#running !== null;
  }

  /** The delay after a failure is not over. */
  get isRetryScheduled(): boolean {
    return this.#retry.isWaiting;
  }

  /** Runs what is pending, unless it is running already, or there was a failure and its delay is not over. */
  start(): void {
    if (!this.#retry.isWaiting) this.startNow();
  }

  /** The same without waiting for the delay after a failure. */
  readonly startNow = (): void => {
    if (this.#running || !this.#updates.isPending()) return;
    this.#retry.cancel();
    this.#running = this.#run();
  };

  /** Starts at once; resolves when everything that was pending is done, or something failed. Never rejects. */
  async finish(): Promise<void> {
    this.startNow();
    await this.#running;
  }

  /** Starts at once; resolves when nothing is running any more. Never rejects. */
  async settled(): Promise<void> {
    this.startNow();
    while (this.#running) await this.#running;
  }

  close(): void {
    this.#retry.cancel();
  }

  async #run(): Promise<void> {
    try {
      while (this.#updates.isPending()) await this.#updates.update();
      this.#retry.succeeded();
    } catch (error) {
      this.#retry.failed(() => {
        if (this.#updates.isRetryNeeded()) this.start();
        else this.#updates.onRest();
      });
      this.#updates.onFailure(error);
    }
    this.#running = null;
    this.#updates.onRest();
  }
}
