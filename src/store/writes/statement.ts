/** A value of a column; dates as `toColumn` returns them, booleans as 0 and 1. */
export type Value = string | number | null;

/** Rows for one statement. */
export interface Write {
  readonly statement: Pick<Statement<never>, 'sql'>;
  readonly rows: readonly object[];
}

/**
 * SQL that writes any number of rows; the fields of a row are its parameters (`@name`). In a transaction it runs once
 * for each row; WRITE_ORDER says before and after which other statements.
 */
export class Statement<Row extends Record<string, Value>> {
  constructor(readonly sql: string) {}

  with(rows: readonly Row[]): Write {
    return { statement: this, rows };
  }
}

/** `INSERT` into these columns, which are also the fields of a row. */
export function insertInto<Column extends string>(
  table: string,
  columns: readonly Column[],
): Statement<Record<Column, Value>> {
  return new Statement(`INSERT INTO "${table}" (${columns.map((column) => `"${column}"`).join(', ')})
VALUES (${columns.map((column) => `@${column}`).join(', ')})`);
}

/** `"column" = @column` for each of these columns, for the SET of an `UPDATE`. */
export function assignments(columns: readonly string[]): string {
  return columns.map((column) => `"${column}" = @${column}`).join(', ');
}

/** The last date that was converted: rows that are written together mostly have the same one. */
let latest = { time: Number.NaN, text: '' };

/** A date as Prisma's adapter stores it; such texts sort by time, and SQLite's date functions read them. */
export function toColumn(date: Date): string {
  const time = date.getTime();
  if (time !== latest.time) latest = { time, text: date.toISOString().replace('Z', '+00:00') };
  return latest.text;
}
