import type { Binary } from './binary.ts';

/** Up to this length pieces are concatenated as strings, which is faster for the few of an ordinary event. */
const SHORT = 4096;

/**
 * Collects pieces of text. Its capacity doubles, so that a long text in a million pieces takes linear time, without an
 * object for each piece.
 */
export class ByteBuffer {
  #short: Binary = '';
  #bytes: Buffer | null = null;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  add(text: Binary): void {
    const needed = this.#length + text.length;
    if (needed <= SHORT) {
      this.#short += text;
      this.#length = needed;
      return;
    }
    if (this.#short !== '') this.#spill(needed);
    if (this.#bytes === null || this.#bytes.length < needed) this.#grow(needed);
    this.#bytes?.write(text, this.#length, 'latin1');
    this.#length = needed;
  }

  /** Returns everything that was added, and clears the buffer. */
  take(): Binary {
    const text = this.#bytes?.toString('latin1', 0, this.#length) ?? this.#short;
    this.#short = '';
    this.#bytes = null;
    this.#length = 0;
    return text;
  }

  #spill(needed: number): void {
    this.#bytes = Buffer.allocUnsafe(Math.max(needed, SHORT * 2));
    this.#bytes.write(this.#short, 0, 'latin1');
    this.#short = '';
  }

  #grow(needed: number): void {
    const larger = Buffer.allocUnsafe(Math.max(needed, this.#length * 2));
    this.#bytes?.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
