// Samples, hundreds of thousands of numbers, and their percentiles.

/** A list of numbers that grows without boxing them. */
export class Samples {
  #values = new Float64Array(1024);
  #count = 0;

  /** @param {number} value */
  add(value) {
    if (this.#count === this.#values.length) {
      const grown = new Float64Array(this.#count * 2);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#count++] = value;
  }

  /** @returns {Spread | null} null without a sample */
  spread() {
    if (this.#count === 0) return null;
    const sorted = this.#values.slice(0, this.#count).sort();
    /** @param {number} share */
    const at = (share) => sorted[Math.ceil(share * sorted.length) - 1];
    return { p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) };
  }
}

/** @typedef {{ p50: number, p95: number, p99: number, max: number }} Spread */

/** @param {number[]} values */
export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
