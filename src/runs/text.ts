/**
 * Makes text storable as it streams: what no database can hold does not enter the log (SSE-2). A high surrogate at the
 * end waits for its other half, which may come with the next chunk; lone surrogates and NUL become U+FFFD, one unit
 * for one, so that offsets hold.
 */
export class TextGate {
  #held = '';

  /** What of the text so far may enter the log. */
  push(text: string): string {
    const joined = this.#held === '' ? text : this.#held + text;
    this.#held = '';
    const last = joined.charCodeAt(joined.length - 1);
    if (last >= 0xd800 && last <= 0xdbff) {
      this.#held = joined.slice(-1);
      return storable(joined.slice(0, -1));
    }
    return storable(joined);
  }

  /** What is left when nothing follows any more: a half without its other half. */
  end(): string {
    const rest = this.#held;
    this.#held = '';
    return storable(rest);
  }
}

export function storable(text: string): string {
  const wellFormed = text.isWellFormed() ? text : text.toWellFormed();
  return wellFormed.includes('\0') ? wellFormed.replaceAll('\0', '\ufffd') : wellFormed;
}

/** The first `length` units, one less where that would cut a character in half. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** The region `[from, to)` of a text, within it, and grown where it would cut a character in half. */
export function wholeCharacters(text: string, from: number, to: number): { from: number; to: number } {
  const start = Math.max(0, Math.trunc(from));
  const end = Math.min(Math.ceil(to), text.length);
  return {
    from: isInside(text, start) ? start - 1 : start,
    to: isInside(text, end) ? end + 1 : end,
  };
}

function isInside(text: string, index: number): boolean {
  const unit = text.charCodeAt(index);
  return index > 0 && unit >= 0xdc00 && unit <= 0xdfff;
}
