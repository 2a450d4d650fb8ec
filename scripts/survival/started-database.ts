import { copyFileSync, existsSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import { applyMigrations, readMigrations } from '../../src/store/opening/migrations.ts';

const MESSAGES = 450;
const SEGMENTS = 1_000;

/** As every version could have left it: an answer that streams, whose segments are rewritten by a later migration. */
const ROWS = `
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${MESSAGES})
INSERT INTO Message (id, chatId, position, role, status, content)
SELECT 'kept-' || i, 'kept', i, 'user', 'complete', 'Message ' || i FROM n;
INSERT INTO Run (id, chatId, messageId, protocol, provider, model, status, promptTokens)
VALUES ('run', 'kept', 'kept-1', 'native', 'azure', 'gpt', 'streaming', 1);
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${SEGMENTS})
INSERT INTO RunSegment (runId, position, kind, text) SELECT 'run', i, 'content', printf('%0200d', i) FROM n;`;

/** A chat whose deletion was cut off. */
const UNFINISHED = `
INSERT INTO Message (id, chatId, position, role, status, content)
SELECT 'gone-' || position, 'gone', position, role, status, content FROM Message;
INSERT INTO ChatRemoval (chatId) VALUES ('gone');`;

/** With so many migrations and, if it has any, with data; if `log`, a part of it only in the write-ahead log. */
export function makeDatabase(file: string, migrations: number, log: boolean): void {
  if (migrations === 0) return;
  const made = log ? `${file}.made` : file;
  const connection = new SQLite(made);
  connection.pragma('journal_mode = WAL');
  applyMigrations(connection, readMigrations().slice(0, migrations));
  // The messages of a chat that is being removed refer to nothing.
  connection.pragma('foreign_keys = OFF');
  connection.exec("INSERT INTO Chat (id, title, updatedAt) VALUES ('kept', 'kept', '2026')");
  connection.pragma('wal_checkpoint(TRUNCATE)');
  connection.pragma('wal_autocheckpoint = 0');
  connection.exec(ROWS);
  if (migrations === readMigrations().length) connection.exec(UNFINISHED);
  if (log) copyFiles(made, file);
  connection.close();
}

/** What lies on the disk for the next start when the process is killed now. */
export function copyFiles(from: string, to: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    if (existsSync(from + suffix)) copyFileSync(from + suffix, to + suffix);
  }
}

/** Sentences about a database that has been started; it had so many migrations before. */
export function faultsOf(file: string, migrations: number): string[] {
  const faults: string[] = [];
  const connection = new SQLite(file, { readonly: true });
  const expectRows = (sql: string, expected: unknown) => {
    const found = JSON.stringify(connection.prepare(sql).raw().all());
    if (found !== JSON.stringify(expected)) faults.push(`${sql} is ${found}`);
  };
  try {
    expectRows('PRAGMA integrity_check', [['ok']]);
    expectRows(
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY 1',
      readMigrations().map(({ name }) => [name]),
    );
    if (schemaOf(connection) !== newSchema()) faults.push('the schema is not that of a new database');
    expectRows('SELECT count(*) FROM ChatRemoval', [[0]]);
    if (migrations === 0) return faults;
    expectRows('SELECT id FROM Chat', [['kept']]);
    expectRows('SELECT chatId, count(*) FROM Message GROUP BY 1', [['kept', MESSAGES]]);
    expectRows('SELECT id, status FROM Run', [['run', 'streaming']]);
    const digits = SEGMENTS * 200;
    expectRows('SELECT count(*), sum(position), sum(length(text)) FROM RunSegment', [
      [SEGMENTS, (SEGMENTS * (SEGMENTS + 1)) / 2, digits],
    ]);
    return faults;
  } finally {
    connection.close();
  }
}

function newSchema(): string {
  const connection = new SQLite(':memory:');
  try {
    applyMigrations(connection);
    return schemaOf(connection);
  } finally {
    connection.close();
  }
}

function schemaOf(connection: SQLite.Database): string {
  const objects = connection.prepare(
    "SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
  );
  return JSON.stringify(objects.all());
}
