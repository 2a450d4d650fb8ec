import type { Computed } from './query.ts';

/** A text of more bytes is not read with the other rows of a list. */
const LONG_BYTES = 16 * 1024;

/** A row of a list, without its long texts. */
export type ShortTexts<Row> = Row & { isLong: Computed };

/**
 * SQL that selects these columns of a table, and of those that are `texts` only what is not long: null in place of a
 * long text. `isLong` says whether there is one. SQLite knows the length of a text without reading it.
 */
export function columnsWithoutLongTexts(
  columns: readonly string[],
  texts: readonly string[],
  table: string,
): string {
  const size = (column: string) => `octet_length(${table}."${column}")`;
  const selected = columns.map((column) =>
    texts.includes(column)
      ? `iif(${size(column)} <= ${LONG_BYTES}, ${table}."${column}", NULL) AS "${column}"`
      : `${table}."${column}"`,
  );
  const isLong = texts.map((column) => `ifnull(${size(column)} > ${LONG_BYTES}, 0)`).join(' OR ');
  return `${selected.join(', ')}, ${isLong} AS "isLong"`;
}

/**
 * The rows with all their texts, in order: long ones are read one by one, while the caller asks for more. So a caller
 * that stops when it has enough text never has much more in memory than it takes, however long the texts are. `read`
 * returns the texts that a row lacks; null: the row was deleted in the meantime, and is left out.
 */
export async function* withLongTexts<Row extends { isLong: Computed }>(
  rows: readonly Row[],
  read: (row: Row) => Promise<Partial<Row> | null>,
): AsyncGenerator<Row> {
  for (const row of rows) {
    if (!row.isLong) {
      yield row;
      continue;
    }
    const texts = await read(row);
    if (texts) yield { ...row, ...texts };
  }
}
