import type { Page } from '../chat/store.ts';
import { InvalidRequestError } from '../errors.ts';

/** Where the next page begins: opaque to clients, who only hand it back. */
export function encodeCursor(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64url');
}

/** The groups of `pattern` in the key of a cursor. Throws InvalidRequestError for what `encodeCursor` did not make. */
export function decodeCursor(cursor: string, pattern: RegExp): Record<string, string> {
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  const groups = encodeCursor(key) === cursor ? pattern.exec(key)?.groups : undefined;
  if (groups) return groups;
  throw InvalidRequestError.field('cursor', 'is not one that this route gave');
}

/** `rows`: one more than the page has, if there are more. */
export function page<Row>(rows: Row[], limit: number, keyOf: (row: Row) => string): Page<Row> {
  const items = rows.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: rows.length > limit && last ? encodeCursor(keyOf(last)) : null };
}
