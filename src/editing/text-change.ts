/**
 * A change of a text: at offset `at`, `remove` units go and `insert` comes. In a list they are in order and do not touch
 * each other; all offsets are those of the text before the list.
 */
export interface TextChange {
  at: number;
  remove: number;
  insert: string;
}

/** What is done to a text, one step after the other; offsets are those of the text before the step. */
export type TextStep = { at: number; insert: string } | { at: number; remove: number };

/** The text after a list of changes. */
export function changed(text: string, changes: readonly TextChange[]): string {
  let result = '';
  let from = 0;
  for (const { at, remove, insert } of changes) {
    result += text.slice(from, at) + insert;
    from = at + remove;
  }
  return result + text.slice(from);
}

/** The one change that makes `before` what `after` is, without what they begin and end with; null: they are the same. */
export function replacement(before: string, after: string, offset = 0): TextChange | null {
  if (before === after) return null;
  const start = commonStart(before, after);
  const end = commonEnd(before, after, Math.min(before.length, after.length) - start);
  return {
    at: offset + start,
    remove: before.length - start - end,
    insert: after.slice(start, after.length - end),
  };
}

/** Units that both begin with; never half a character. */
export function commonStart(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let length = 0;
  while (length < most && one.charCodeAt(length) === other.charCodeAt(length)) length += 1;
  return length > 0 && isHigh(one.charCodeAt(length - 1)) ? length - 1 : length;
}

/** Units that both end with, at most so many; never half a character. */
export function commonEnd(one: string, other: string, most: number): number {
  let length = 0;
  while (
    length < most &&
    one.charCodeAt(one.length - 1 - length) === other.charCodeAt(other.length - 1 - length)
  ) {
    length += 1;
  }
  return length > 0 && isLow(one.charCodeAt(one.length - length)) ? length - 1 : length;
}

function isHigh(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

function isLow(unit: number): boolean {
  return unit >= 0xdc00 && unit <= 0xdfff;
}
