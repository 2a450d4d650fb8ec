/** A block longer than this is drawn in several parts. UTF-16 units. */
export const MOST_PART = 8 * 1024;

/** The start of a line that does not continue an item or code. */
const LINE_START = /\n(?=[^\s])/g;

/** Where the first part of a text that is too long for one ends: at a line if there is one, or between words. */
export function endOfPart(text: string): number {
  const part = text.slice(0, MOST_PART);
  const half = part.slice(MOST_PART / 2);
  const [line] = Array.from(half.matchAll(LINE_START)).slice(-1);
  if (line) return MOST_PART / 2 + line.index + 1;
  for (const end of ['\n', ' ']) {
    const found = half.lastIndexOf(end);
    if (found !== -1) return MOST_PART / 2 + found + 1;
  }
  // Not between the halves of a character.
  return /[\ud800-\udbff]$/.test(part) ? MOST_PART - 1 : MOST_PART;
}

/** A table's first two lines; nothing if they are long. */
export function headOf(table: string): string {
  const head = /^[^\n]*\n[^\n]*\n/.exec(table)?.[0] ?? '';
  return head.length < MOST_PART / 8 ? head : '';
}
