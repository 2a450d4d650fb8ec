import { isHighSurrogate, isLowSurrogate } from './characters.ts';

/**
 * A change of a text: at offset `at`, `remove` units are removed and `insert` is inserted. In a list, changes are in
 * ascending order and do not touch each other; all offsets are those of the text before the list. Offsets and lengths
 * are in UTF-16 units.
 */
export interface TextChange {
  at: number;
  remove: number;
  insert: string;
}

/** A change that names the text it removes. */
export interface Replacement {
  at: number;
  removed: string;
  inserted: string;
}

/** Steps are applied one after the other; the offset of each is that of the text after the steps before it. */
export type TextStep = { at: number; insert: string } | { at: number; remove: number };

/** Applies a list of changes. */
export function applyChanges(text: string, changes: readonly TextChange[]): string {
  let result = '';
  let from = 0;
  for (const { at, remove, insert } of changes) {
    result += text.slice(from, at) + insert;
    from = at + remove;
  }
  return result + text.slice(from);
}

/**
 * The single change that turns `before` into `after`, without their common start and end. Null: they are equal.
 * `offset`: where `before` begins in the whole text.
 */
export function changeBetween(before: string, after: string, offset = 0): TextChange | null {
  if (before === after) return null;
  const start = commonStart(before, after);
  const end = commonEnd(before, after, Math.min(before.length, after.length) - start);
  return {
    at: offset + start,
    remove: before.length - start - end,
    insert: after.slice(start, after.length - end),
  };
}

/** The same replacement without text that it removes only to insert it again. Null: nothing is left of it. */
export function minimal({ at, removed, inserted }: Replacement): Replacement | null {
  const change = changeBetween(removed, inserted, at);
  if (!change) return null;
  const start = change.at - at;
  return { at: change.at, removed: removed.slice(start, start + change.remove), inserted: change.insert };
}

/** Length of the common start; never splits a surrogate pair. */
export function commonStart(one: string, other: string): number {
  const most = Math.min(one.length, other.length);
  let length = 0;
  while (length < most && one.charCodeAt(length) === other.charCodeAt(length)) length += 1;
  return length > 0 && isHighSurrogate(one.charCodeAt(length - 1)) ? length - 1 : length;
}

/** Length of the common end, at most `most`; never splits a surrogate pair. */
export function commonEnd(one: string, other: string, most: number): number {
  let length = 0;
  while (
    length < most &&
    one.charCodeAt(one.length - 1 - length) === other.charCodeAt(other.length - 1 - length)
  ) {
    length += 1;
  }
  return length > 0 && isLowSurrogate(one.charCodeAt(one.length - length)) ? length - 1 : length;
}
