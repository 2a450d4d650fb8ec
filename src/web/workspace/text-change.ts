/** One change of a text: at an offset (UTF-16 units), `removed` goes, and `inserted` comes in its place. */
export interface TextChange {
  at: number;
  removed: string;
  inserted: string;
}

/** The same change without what it removes only to insert it again. Null: nothing is left of it. */
export function minimal({ at, removed, inserted }: TextChange): TextChange | null {
  const most = Math.min(removed.length, inserted.length);
  let start = 0;
  while (start < most && removed[start] === inserted[start]) start += 1;
  // Half a character is no text.
  if (start > 0 && isHigh(removed.charCodeAt(start - 1))) start -= 1;
  let end = 0;
  while (end < most - start && removed.at(-1 - end) === inserted.at(-1 - end)) end += 1;
  if (end > 0 && isLow(removed.charCodeAt(removed.length - end))) end -= 1;
  const change = {
    at: at + start,
    removed: removed.slice(start, removed.length - end),
    inserted: inserted.slice(start, inserted.length - end),
  };
  return change.removed === '' && change.inserted === '' ? null : change;
}

/** A text in parts of at most `length` units, none of which ends in the middle of a character. */
export function inParts(text: string, length: number): string[] {
  const parts: string[] = [];
  for (let at = 0; at < text.length; ) {
    let end = Math.min(at + length, text.length);
    if (end < text.length && isHigh(text.charCodeAt(end - 1))) end -= 1;
    parts.push(text.slice(at, end));
    at = end;
  }
  return parts;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
