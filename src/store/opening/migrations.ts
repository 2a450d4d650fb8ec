import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { toColumn } from '../writes/statement.ts';
import { DatabaseError } from './database-error.ts';
import { finishMigration, type Migration } from './migration-repair.ts';

/** The prisma folder of this package; the relative path is the same from src and from dist. */
export const PRISMA_FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'prisma');

/** Prisma's table of applied migrations, as its engine creates it, because `prisma migrate` reads it, too. */
const HISTORY_TABLE = `CREATE TABLE IF NOT EXISTS "_prisma_migrations" (
    "id"                    TEXT PRIMARY KEY NOT NULL,
    "checksum"              TEXT NOT NULL,
    "finished_at"           DATETIME,
    "migration_name"        TEXT NOT NULL,
    "logs"                  TEXT,
    "rolled_back_at"        DATETIME,
    "started_at"            DATETIME NOT NULL DEFAULT current_timestamp,
    "applied_steps_count"   INTEGER UNSIGNED NOT NULL DEFAULT 0
)`;

const TABLES = `SELECT "name" FROM sqlite_schema WHERE "type" = 'table' AND "name" NOT LIKE 'sqlite\\_%' ESCAPE '\\'`;

const HISTORY = `SELECT "id", "migration_name" AS "name", "finished_at" IS NOT NULL AS "finished"
FROM "_prisma_migrations" WHERE "rolled_back_at" IS NULL`;

const INSERT_APPLIED = `INSERT INTO "_prisma_migrations"
("id", "checksum", "migration_name", "started_at", "finished_at", "applied_steps_count") VALUES (?, ?, ?, ?, ?, 1)`;

const MARK_APPLIED = `UPDATE "_prisma_migrations" SET "finished_at" = ?, "logs" = NULL, "applied_steps_count" = 1
WHERE "id" = ?`;

interface HistoryRow {
  id: string;
  name: string;
  finished: 0 | 1;
}

/** Brings the database at `databaseUrl` (`file:…`) up to date; returns the names of the migrations that it applied. */
export function migrate(databaseUrl: string): string[] {
  const connection = new SQLite(databaseUrl.replace(/^file:/, ''));
  try {
    return applyMigrations(connection);
  } finally {
    connection.close();
  }
}

/**
 * Applies all missing migrations and records them in one transaction (STORE-6): a process that is killed at any instant
 * leaves the database as it was, or up to date. Earlier versions used Prisma's engine, which commits each statement by
 * itself; a migration that was interrupted then is finished here. A database that is up to date is not written to.
 *
 * Throws DatabaseError when the database belongs to another program or to a newer version.
 */
export function applyMigrations(connection: SQLite.Database, migrations = readMigrations()): string[] {
  if (missingIn(connection, migrations).length === 0) return [];
  // Scripts that rebuild a table need this. The pragma has no effect inside a transaction.
  connection.pragma('foreign_keys = OFF');
  try {
    connection.exec('BEGIN IMMEDIATE');
    try {
      connection.exec(HISTORY_TABLE);
      const missing = missingIn(connection, migrations);
      for (const migration of missing) apply(connection, migration, migrations);
      connection.exec('COMMIT');
      return missing.map(({ name }) => name);
    } catch (error) {
      if (connection.inTransaction) connection.exec('ROLLBACK');
      throw error;
    }
  } finally {
    connection.pragma('foreign_keys = ON');
  }
}

/** Only reads. Throws DatabaseError when the database belongs to another program or to a newer version. */
export function missingIn(connection: SQLite.Database, migrations = readMigrations()): Migration[] {
  const tables = connection.prepare<[], string>(TABLES).pluck().all();
  if (!tables.includes('_prisma_migrations')) {
    if (tables.length === 0) return [...migrations];
    throw new DatabaseError(
      `The database ${connection.name} cannot be used: it holds tables of another program. Name another file.`,
    );
  }
  const rows = connection.prepare<[], HistoryRow>(HISTORY).all();
  const known = new Set(migrations.map(({ name }) => name));
  const unknown = rows.find(({ name }) => !known.has(name));
  if (unknown) {
    throw new DatabaseError(
      `The database ${connection.name} is of a newer version of this service (migration ${unknown.name}). Start that version, or restore a backup.`,
    );
  }
  const finished = new Set(rows.filter((row) => row.finished).map(({ name }) => name));
  return migrations.filter(({ name }) => !finished.has(name));
}

function apply(connection: SQLite.Database, migration: Migration, all: readonly Migration[]): void {
  const now = toColumn(new Date());
  const started = connection
    .prepare<[], HistoryRow>(HISTORY)
    .all()
    .filter(({ name }) => name === migration.name);
  if (started.length > 0) {
    finishMigration(connection, migration, all.slice(0, all.indexOf(migration)));
    const mark = connection.prepare(MARK_APPLIED);
    for (const { id } of started) mark.run(now, id);
    return;
  }
  connection.exec(migration.script);
  connection.prepare(INSERT_APPLIED).run(randomUUID(), checksumOf(migration), migration.name, now, now);
}

/** As Prisma's engine computes it. */
function checksumOf({ script }: Migration): string {
  return createHash('sha256').update(script).digest('hex');
}

/** Names of the migrations of this version, in the order in which they are applied. */
export function migrationNames(): string[] {
  return readMigrations().map(({ name }) => name);
}

export function readMigrations(): Migration[] {
  const folder = join(PRISMA_FOLDER, 'migrations');
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'migration.sql')))
    .sort()
    .map((name) => ({ name, script: readFileSync(join(folder, name, 'migration.sql'), 'utf8') }));
}

export function readSchema(): string {
  return readFileSync(join(PRISMA_FOLDER, 'schema.prisma'), 'utf8');
}

/**
 * The SQL of the migration that is missing in prisma/migrations for a schema, by default prisma/schema.prisma; empty if
 * none is. For development and tests: it loads Prisma's engine, which takes longer than a start of the server.
 */
export async function missingMigration(schema = readSchema()): Promise<string> {
  const { SchemaEngine } = await import('./schema-engine.ts');
  await using engine = await SchemaEngine.open(':memory:', schema);
  return await engine.difference(
    { tag: 'migrations', ...migrationList() },
    { tag: 'schemaDatamodel', files: [{ path: 'schema.prisma', content: schema }] },
  );
}

/** The migrations in the form that Prisma's engine takes. */
export function migrationList(migrations = readMigrations()) {
  const baseDir = join(PRISMA_FOLDER, 'migrations');
  return {
    baseDir,
    lockfile: {
      path: '../migration_lock.toml',
      content: readFileSync(join(baseDir, 'migration_lock.toml'), 'utf8'),
    },
    shadowDbInitScript: '',
    migrationDirectories: migrations.map(({ name, script }) => ({
      path: name,
      migrationFile: { path: 'migration.sql', content: { tag: 'ok' as const, value: script } },
    })),
  };
}
