/** What a column holds; dates as `toColumn` writes them, booleans as 0 and 1. */
export type Value = string | number | null;

/** Rows for one statement. */
export interface Entry {
  readonly statement: Pick<Statement<never>, 'sql' | 'order'>;
  readonly rows: readonly object[];
}

let declared = 0;

/**
 * A write in SQL, for any number of rows, whose fields are its parameters (`@name`).
 *
 * In a transaction statements run in the order in which they were declared, each for all its rows, whoever gave them: so
 * those that depend on each other belong in one file, in the order in which they may run.
 */
export class Statement<Row extends Record<string, Value>> {
  readonly order = declared++;

  constructor(readonly sql: string) {}

  with(rows: readonly Row[]): Entry {
    return { statement: this, rows };
  }
}

/** `INSERT` of these columns, which are also the fields of a row. */
export function insertInto<Column extends string>(
  table: string,
  columns: readonly Column[],
): Statement<Record<Column, Value>> {
  return new Statement(`INSERT INTO "${table}" (${columns.map((column) => `"${column}"`).join(', ')})
VALUES (${columns.map((column) => `@${column}`).join(', ')})`);
}

/** What is written together has mostly the same date. */
let latest = { time: Number.NaN, text: '' };

/** A date as Prisma's adapter stores it; such texts sort by time, and SQLite's date functions read them. */
export function toColumn(date: Date): string {
  const time = date.getTime();
  if (time !== latest.time) latest = { time, text: date.toISOString().replace('Z', '+00:00') };
  return latest.text;
}
