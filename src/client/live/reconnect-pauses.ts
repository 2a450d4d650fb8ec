import { backoffMs, pause } from '../backoff.ts';

/** In ms. Half of each pause is random. */
const BACKOFF = { baseMs: 500, capMs: 10_000 };
const JITTER = 0.5;

/** The pauses before attempts to reconnect, with exponential backoff. */
export class ReconnectPauses {
  readonly #ending = new AbortController();
  #current = new AbortController();
  #attempt = 0;

  /** How many attempts there were since the last `reset`, the coming one included. */
  get attempt(): number {
    return this.#attempt;
  }

  /** No attempt is to be made any more. */
  get isEnded(): boolean {
    return this.#ending.signal.aborted;
  }

  /** Counts an attempt. */
  count(): void {
    this.#attempt += 1;
  }

  /** An attempt succeeded. */
  reset(): void {
    this.#attempt = 0;
  }

  /** Resolves when the coming attempt may begin, or when `end` was called. */
  async wait(): Promise<void> {
    this.#current = new AbortController();
    const signal = AbortSignal.any([this.#ending.signal, this.#current.signal]);
    await pause(backoffMs(this.#attempt - 1, BACKOFF, JITTER), signal);
  }

  /** Ends the current pause. */
  skip(): void {
    this.#current.abort();
  }

  /** Ends the current pause and all further ones. */
  end(): void {
    this.#ending.abort();
  }
}
