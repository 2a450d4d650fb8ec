import { inParts } from './characters.ts';
import { asPlainLine } from './plain-line.ts';

const TITLE_CHARS = 60;

/** The title that a chat has until somebody gives it another one: the beginning of its first question. */
export function titleFrom(question: string): string {
  return inParts(asPlainLine(question).slice(0, TITLE_CHARS + 1), TITLE_CHARS)[0] ?? '';
}
