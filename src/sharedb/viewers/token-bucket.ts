export interface Rate {
  perSecond: number;
  burst: number;
  maxDebt?: number;
}

/** A rate limit that allows bursts. What is taken beyond them is a debt, which time pays back. */
export class TokenBucket {
  readonly #perSecond: number;
  readonly #burst: number;
  readonly #maxDebt: number;
  #level: number;
  #at = performance.now();

  /** A debt is never larger than `maxDebt`. */
  constructor({ perSecond, burst, maxDebt = Number.POSITIVE_INFINITY }: Rate) {
    this.#perSecond = perSecond;
    this.#burst = burst;
    this.#maxDebt = maxDebt;
    this.#level = burst;
  }

  /** How long it takes until the debt is paid back; ms, 0 when there is none. */
  get debtMs(): number {
    const now = performance.now();
    this.#level = Math.min(this.#burst, this.#level + ((now - this.#at) * this.#perSecond) / 1000);
    this.#at = now;
    return this.#level >= 0 ? 0 : (-this.#level * 1000) / this.#perSecond;
  }

  /** Takes an amount, also one that is not there. Returns the debt after it; ms. */
  take(amount: number): number {
    this.#level = Math.max(this.#level - amount, -this.#maxDebt);
    return this.debtMs;
  }
}
