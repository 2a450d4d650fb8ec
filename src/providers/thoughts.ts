const OPENING = '<thought>';
const CLOSING = '</thought>';

/**
 * Takes the markers from Gemini's thoughts, which its OpenAI-compatible endpoint sends as content: flagged deltas, the
 * first of them beginning with `<thought>`, and `</thought>` at the beginning of the answer's first delta (as recorded
 * from it in 2026; the documentation only says that thoughts can be asked for).
 */
export class Thoughts {
  /** Whether thoughts have come, and the answer has not begun. */
  open = false;

  thought(text: string): string {
    const begun = !this.open && text.startsWith(OPENING) ? text.slice(OPENING.length) : text;
    this.open = true;
    return begun.endsWith(CLOSING) ? begun.slice(0, -CLOSING.length) : begun;
  }

  answer(text: string): string {
    if (!this.open) return text;
    this.open = false;
    return text.startsWith(CLOSING) ? text.slice(CLOSING.length) : text;
  }
}
