/**
 * Lines of a file until they are written. The newest line is held back, because whether it has a line end is known only
 * when the next one comes.
 */
export class LineBuffer {
  #lines: string[] = [];
  #newest: string | null = null;
  #units = 0;

  /** UTF-16 units of all lines so far, written ones included. */
  get units(): number {
    return this.#units;
  }

  /** Whether there are lines to be taken. */
  get hasLines(): boolean {
    return this.#lines.length > 0;
  }

  /** A line without its end. */
  push(text: string): void {
    this.#units += text.length + 1;
    if (this.#newest !== null) this.#lines.push(`${this.#newest}\n`);
    this.#newest = text;
  }

  /** No line follows. */
  end(hasLineEnd: boolean): void {
    if (this.#newest !== null) this.#lines.push(hasLineEnd ? `${this.#newest}\n` : this.#newest);
    this.#newest = null;
  }

  take(): string[] {
    const lines = this.#lines;
    this.#lines = [];
    return lines;
  }
}
