import SQLite from 'better-sqlite3';
import { DatabaseError } from './database-error.ts';

export interface Migration {
  name: string;
  /** migration.sql */
  script: string;
}

interface SchemaObject {
  name: string;
  sql: string;
}

const SCHEMA = `SELECT "name", "sql" FROM sqlite_schema WHERE "sql" IS NOT NULL AND "name" <> '_prisma_migrations'`;

/**
 * Executes the rest of a migration that was interrupted. Earlier versions ran the script with Prisma's engine, which
 * commits each statement by itself, so any number of its statements may be done. To find out how many, the schema is
 * compared with what it would be after each statement. `before`: the migrations before it, which are applied.
 *
 * Runs inside the caller's transaction. Throws DatabaseError when the schema matches no state of the script.
 */
export function finishMigration(
  connection: SQLite.Database,
  migration: Migration,
  before: readonly Migration[],
): void {
  const statements = statementsOf(migration.script);
  const states = statesOf(statements, before);
  // Indexes or views that an operator added are not compared.
  const ours = new Set(states.flatMap((state) => [...state.keys()]));
  const found = schemaOf(connection);
  for (const name of found.keys()) if (!ours.has(name)) found.delete(name);
  // The first of several equal states: a statement that only inserts rows is then executed again.
  const done = states.findIndex((state) => equal(state, found));
  if (done === -1) {
    throw new DatabaseError(
      `The database ${connection.name} cannot be used: its migration ${migration.name} stopped half-way, and it was changed since. Restore it from a backup.`,
    );
  }
  const rest = statements.slice(done);
  for (const name of tablesFilledBy(rest)) {
    // This migration created the table, so only the same statement can have filled it.
    if (found.has(name)) connection.exec(`DELETE FROM "${name}"`);
  }
  for (const statement of rest) connection.exec(statement);
}

/** The schema before the first statement, and after each. */
function statesOf(statements: readonly string[], before: readonly Migration[]): Array<Map<string, string>> {
  const reference = new SQLite(':memory:');
  try {
    for (const { script } of before) reference.exec(script);
    return [
      schemaOf(reference),
      ...statements.map((statement) => {
        reference.exec(statement);
        return schemaOf(reference);
      }),
    ];
  } finally {
    reference.close();
  }
}

/** By name, without white space, which versions of SQLite may write differently. */
function schemaOf(connection: SQLite.Database): Map<string, string> {
  const objects = connection.prepare<[], SchemaObject>(SCHEMA).all();
  return new Map(objects.map(({ name, sql }) => [name, sql.replaceAll(/\s+/g, '')]));
}

function equal(one: ReadonlyMap<string, string>, other: ReadonlyMap<string, string>): boolean {
  return one.size === other.size && [...one].every(([name, sql]) => other.get(name) === sql);
}

/**
 * Prisma ends each statement with a semicolon at the end of a line, and writes no triggers or texts that contain one.
 */
function statementsOf(script: string): string[] {
  return script
    .split(/;[ \t]*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement.replaceAll(/^--.*$/gm, '').trim() !== '');
}

/** New versions of a table, which Prisma's scripts fill before they drop the original. */
function tablesFilledBy(statements: readonly string[]): string[] {
  return statements.flatMap((statement) => /^INSERT INTO "(new_\w+)"/m.exec(statement)?.[1] ?? []);
}
