import type { Spoken } from './spoken.ts';

const OPENING = '<thought>';
const CLOSING = '</thought>';

/**
 * Removes the markers around Gemini's reasoning, which its OpenAI-compatible endpoint sends as content: flagged deltas,
 * the first of them beginning with `<thought>`, and `</thought>` at the beginning of the answer's first delta (as
 * recorded from it in 2026; the documentation only says that thoughts can be requested).
 */
export class Thoughts {
  /** Whether reasoning has arrived, and the answer has not started. */
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

/** The same for a whole answer. */
export function splitThoughts(content: string): Spoken[] {
  const end = content.startsWith(OPENING) ? content.indexOf(CLOSING) : -1;
  if (end === -1) return [{ text: content, thought: false }];
  return [
    { text: content.slice(OPENING.length, end), thought: true },
    { text: content.slice(end + CLOSING.length), thought: false },
  ];
}
