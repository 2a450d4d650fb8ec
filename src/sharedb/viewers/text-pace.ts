import { type Rate, TokenBucket } from './token-bucket.ts';

/** When the text of an op may be taken. */
export interface Pace {
  /** As `performance.now()`. */
  due: number;
  /** It would have to wait too long: it is refused. */
  isTooMuch: boolean;
}

/** Limits how much text one connection adds to the history of documents. */
export class TextPace {
  readonly #bucket: TokenBucket;
  readonly #maxDelayMs: number;

  /** `rate` in characters. */
  constructor(rate: Rate, maxDelayMs: number) {
    this.#bucket = new TokenBucket(rate);
    this.#maxDelayMs = maxDelayMs;
  }

  /** Text beyond the rate is delayed; text that would be delayed for too long is refused, and takes nothing. */
  take(characters: number): Pace {
    const debtMs = this.#bucket.take(characters);
    const isTooMuch = debtMs > this.#maxDelayMs;
    if (isTooMuch) this.#bucket.take(-characters);
    return { due: performance.now() + (isTooMuch ? 0 : debtMs), isTooMuch };
  }
}
