/** Replaces each redacted unit, one for one, so that positions stay valid (PROV-8). */
export const REDACTED = '\u2588';

/**
 * Makes streamed text storable (SSE-2). A high surrogate at the end waits for its other half, which may come with the
 * next chunk. Lone surrogates and NUL become U+FFFD, one unit for one, so that offsets stay valid.
 */
export class TextGate {
  #held = '';

  /** Adds text. Returns what may enter the log now. */
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

  /** Returns what is left when no more text follows: a lone surrogate as U+FFFD, or nothing. */
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

/** The first `length` units, one less where that would split a character. */
export function cut(text: string, length: number): string {
  if (text.length <= length) return text;
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** What is needed of a text, which may be split over several entries. */
type Units = Pick<string, 'length' | 'charCodeAt'>;

/** The region `[from, to)`, limited to the text and extended to whole characters. */
export function wholeCharacters(text: Units, from: number, to: number): { from: number; to: number } {
  const start = Math.max(0, Math.trunc(from));
  const end = Math.min(Math.ceil(to), text.length);
  return {
    from: isInside(text, start) ? start - 1 : start,
    to: isInside(text, end) ? end + 1 : end,
  };
}

function isInside(text: Units, index: number): boolean {
  const unit = text.charCodeAt(index);
  return index > 0 && unit >= 0xdc00 && unit <= 0xdfff;
}
