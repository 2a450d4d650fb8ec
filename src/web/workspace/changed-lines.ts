import diff from 'fast-diff';
import type { EditedFile } from '../../client/index.ts';
import { linesAsLetters } from '../../text/line-letters.ts';

/** How many lines an answer added to a file and removed from it. Null: that is not known, or too much to count. */
export function linesOfEdit({ before, after }: EditedFile): ChangedLines | null {
  return after === undefined ? null : changedLines(before ?? '', after);
}

interface ChangedLines {
  added: number;
  removed: number;
}

/** More lines would block the page. */
const MOST_LINES = 5_000;

/** Counted by whole lines, as one is used to from other tools. Null: too many to count. */
export function changedLines(before: string, after: string): ChangedLines | null {
  const [old = [], next = []] = [before, after].map(linesOf);
  if (old.length + next.length > MOST_LINES) return null;
  let added = 0;
  let removed = 0;
  for (const [operation, text] of diff(...linesAsLetters(old, next))) {
    if (operation === diff.INSERT) added += text.length;
    if (operation === diff.DELETE) removed += text.length;
  }
  return { added, removed };
}

/** A line break at the end begins no further line. */
function linesOf(text: string): string[] {
  return text === '' ? [] : text.replace(/\n$/, '').split('\n');
}
