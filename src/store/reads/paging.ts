import type { Page } from '../../chat/store.ts';
import { InvalidRequestError } from '../../errors.ts';

/** The cursor of the next page, after the row with this key: opaque to clients, which only send it back. */
function encodeCursor(key: string): string {
  return Buffer.from(key, 'utf8').toString('base64url');
}

/**
 * The groups of `pattern` in the key of a cursor. Throws InvalidRequestError for a cursor that `encodeCursor` did not
 * return.
 */
export function decodeCursor(cursor: string, pattern: RegExp): Record<string, string> {
  const key = Buffer.from(cursor, 'base64url').toString('utf8');
  const groups = encodeCursor(key) === cursor ? pattern.exec(key)?.groups : undefined;
  if (groups) return groups;
  throw InvalidRequestError.field('cursor', 'is not one that this route gave');
}

/** The most text of a page, in bytes; what is longer is returned in several pages. */
const PAGE_BYTES = 4 * 1024 * 1024;

/**
 * A page ends after `limit` rows, or before its text would be longer than PAGE_BYTES, but it has at least one row.
 * `rows`: one more than `limit`, if there are so many; rows after the end of the page are not pulled.
 */
export async function page<Row>(
  rows: AsyncIterable<Row> | Iterable<Row>,
  limit: number,
  keyOf: (row: Row) => string,
  bytesOf: (row: Row) => number = () => 0,
): Promise<Page<Row>> {
  const items: Row[] = [];
  let bytes = 0;
  for await (const row of rows) {
    bytes += bytesOf(row);
    const last = items.at(-1);
    if (last !== undefined && (items.length === limit || bytes > PAGE_BYTES)) {
      return { items, nextCursor: encodeCursor(keyOf(last)) };
    }
    items.push(row);
  }
  return { items, nextCursor: null };
}
