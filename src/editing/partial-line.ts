/** The line that has not ended yet, in the pieces in which it came: it is joined once, not with each piece. */
export class PartialLine {
  #pieces: string[] = [];
  #length = 0;

  /** UTF-16 units. */
  get length(): number {
    return this.#length;
  }

  add(piece: string): void {
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  peek(): string {
    return this.#pieces.join('');
  }

  /** Returns the line, completed by `rest`, and begins the next one. */
  take(rest = ''): string {
    const line = this.peek() + rest;
    this.#pieces = [];
    this.#length = 0;
    return line;
  }
}
