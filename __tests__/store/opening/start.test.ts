import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import SQLite from 'better-sqlite3';
import { killedStarts } from '../../../scripts/survival/killed-starts.ts';
import { availableServer } from '../../../scripts/survival/server-process.ts';
import { openDatabase } from '../../../src/store/database.ts';
import type { Migration } from '../../../src/store/opening/migration-repair.ts';
import {
  applyMigrations,
  migrate,
  migrationList,
  readMigrations,
  readSchema,
} from '../../../src/store/opening/migrations.ts';
import { SchemaEngine } from '../../../src/store/opening/schema-engine.ts';
import { serverProcess } from '../../support/server-process.ts';
import { afterEachStatement, contentOf, copyDatabase } from '../../support/start-instants.ts';
import { queryFile } from '../../support/store-database.ts';

const MIGRATIONS = readMigrations();
const ROOT = fileURLToPath(new URL('../../../', import.meta.url));

/** Rows as the first version wrote them; a later migration rewrites the segments. */
const ROWS = `
INSERT INTO Chat (id, title, updatedAt) VALUES ('chat', 'kept', '2026');
INSERT INTO Message (id, chatId, position, role, status, content) VALUES ('message', 'chat', 0, 'assistant', 'streaming', '');
INSERT INTO Run (id, chatId, messageId, protocol, provider, model, status, promptTokens)
VALUES ('run', 'chat', 'message', 'native', 'azure', 'gpt', 'streaming', 1);
INSERT INTO RunSegment (runId, position, kind, text) VALUES ('run', 0, 'content', 'kept');`;

const SCHEMA = `SELECT name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name`;

describe('[STORE-6] a start that is killed', () => {
  let folder: string;
  let upToDate: unknown[];
  let historyTable: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-start-'));
    const file = join(folder, 'reference.db');
    migrate(`file:${file}`);
    const schema = queryFile<{ name: string; sql: string }>(file, SCHEMA);
    upToDate = schema;
    historyTable = schema.find(({ name }) => name === '_prisma_migrations')?.sql ?? '';
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  /** A database of the version that had only this many migrations. */
  function databaseWith(count: number, name: string): string {
    const file = join(folder, `${name}.db`);
    const connection = new SQLite(file);
    connection.pragma('journal_mode = WAL');
    applyMigrations(connection, MIGRATIONS.slice(0, count));
    if (count > 0) connection.exec(ROWS);
    connection.close();
    return file;
  }

  function expectUpToDate(file: string, hasRows: boolean): void {
    expect(queryFile(file, SCHEMA)).toEqual(upToDate);
    const rows = queryFile<{ migration_name: string }>(
      file,
      'SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NOT NULL ORDER BY 1',
    );
    expect(rows.map(({ migration_name }) => migration_name)).toEqual(MIGRATIONS.map(({ name }) => name));
    if (hasRows) expect(queryFile(file, 'SELECT text FROM RunSegment')).toEqual([{ text: 'kept' }]);
  }

  it.each(MIGRATIONS.map((_, count) => [count]))(
    'after any statement of a start from %i migrations leaves what the next one accepts',
    async (count) => {
      const file = databaseWith(count, `from-${count}`);
      let statements = 0;
      // Most of them change nothing on the disk, because migrations are one transaction.
      const copies = new Map<string, string>();
      const stop = afterEachStatement(() => {
        if (!existsSync(file)) return;
        statements += 1;
        const copy = copyDatabase(file, join(folder, `from-${count}-${statements}`));
        copies.set(contentOf(copy), copy);
      });
      try {
        await (await openDatabase(`file:${file}`))[Symbol.asyncDispose]();
      } finally {
        stop();
      }
      expect(statements).toBeGreaterThan(10);
      expect(copies.size).toBeGreaterThan(1);
      for (const copy of copies.values()) {
        migrate(`file:${copy}`);
        expectUpToDate(copy, count > 0);
        expect(migrate(`file:${copy}`)).toEqual([]);
      }
    },
  );

  it('at more than 100 instants of first starts and upgrades, in processes of their own: the next one works', async () => {
    const figures = await killedStarts({ killsEach: Math.ceil(105 / (MIGRATIONS.length + 1)) });
    expect(figures.faults).toEqual([]);
    expect(figures.kills).toBeGreaterThan(100);
    expect(figures.underWay).toBeGreaterThan(0);
  }, 600_000);

  it('as the server that an operator starts, again and again: the last one serves', async () => {
    const file = join(folder, 'server', 'chat.db');
    const environment = {
      PATH: process.env.PATH,
      PORT: '0',
      DATABASE_URL: `file:${file}`,
      LOG_LEVEL: 'silent',
    };
    for (let kill = 0; kill < 3; kill += 1) {
      const child = spawn(process.execPath, availableServer(), {
        cwd: ROOT,
        env: environment,
        stdio: 'ignore',
      });
      while (!existsSync(file)) await pause(1);
      await pause(kill * 15);
      await killed(child);
      if (kill < 2) await rm(join(folder, 'server'), { recursive: true });
    }
    await using server = await serverProcess({ DATABASE_URL: `file:${file}` });
    expect((await fetch(`${server.url}/readyz`)).status).toBe(200);
  });

  it('and one that cannot settle what streamed, because the disk is full, says so in one line', async () => {
    const file = databaseWith(MIGRATIONS.length, 'full-recovery');
    const connection = new SQLite(file);
    connection.exec(
      "CREATE TRIGGER full BEFORE UPDATE ON Message BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END",
    );
    connection.close();
    const child = spawn(process.execPath, availableServer(), {
      cwd: ROOT,
      env: { PATH: process.env.PATH, PORT: '0', DATABASE_URL: `file:${file}`, LOG_LEVEL: 'silent' },
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const [said, [code]] = await Promise.all([text(child.stderr), once(child, 'exit')]);
    expect([said, code]).toEqual(['The database could not store this: database or disk is full\n', 1]);
  });

  it.each([0, 1, 3])('and one that finds the disk full, from %i migrations, changes nothing', (count) => {
    const file = databaseWith(count, `full-${count}`);
    const before = existsSync(file) ? queryFile(file, SCHEMA) : [];
    const connection = new SQLite(file);
    const pages = Number(connection.pragma('page_count', { simple: true }));
    connection.pragma(`max_page_count = ${pages + 2}`);
    expect(() => applyMigrations(connection)).toThrow('database or disk is full');
    connection.close();
    expect(queryFile(file, SCHEMA)).toEqual(before);
    migrate(`file:${file}`);
    expectUpToDate(file, count > 0);
  });

  describe('in an earlier version, in which each statement of a migration was stored by itself', () => {
    const cases = MIGRATIONS.slice(0, 5).flatMap((migration, count) =>
      statementsOf(migration)
        .concat('')
        .map((_, done) => [migration.name, done, count] as const),
    );

    it.each(cases)('%s, after %i statements, is finished', (name, done, count) => {
      const file = databaseWith(count, `${name}-${done}`);
      const connection = new SQLite(file);
      connection.pragma('foreign_keys = OFF');
      if (count === 0) connection.exec(historyTable);
      for (const statement of statementsOf(MIGRATIONS[count] as Migration).slice(0, done)) {
        connection.exec(statement);
      }
      connection
        .prepare("INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'x', ?)")
        .run(name);
      connection.close();
      const applied = migrate(`file:${file}`);
      expect(applied).toEqual(MIGRATIONS.slice(count).map((migration) => migration.name));
      expectUpToDate(file, count > 0);
    });

    it('and was changed since, is refused in one sentence and not modified', async () => {
      const file = databaseWith(4, 'changed');
      const connection = new SQLite(file);
      connection.exec('ALTER TABLE Chat ADD COLUMN colour TEXT');
      connection
        .prepare("INSERT INTO _prisma_migrations (id, checksum, migration_name) VALUES ('x', 'x', ?)")
        .run(MIGRATIONS[4]?.name);
      connection.close();
      await expect(openDatabase(`file:${file}`)).rejects.toThrow(
        /stopped half-way, and it was changed since/,
      );
      expect(queryFile(file, 'SELECT id FROM _prisma_migrations WHERE finished_at IS NULL')).toHaveLength(1);
    });
  });

  it.each([0, 1, 4])("Prisma's own commands accept what a start from %i migrations made", async (count) => {
    const file = databaseWith(count, `prisma-${count}`);
    migrate(`file:${file}`);
    await using engine = await SchemaEngine.open(`file:${file}`, readSchema());
    expect(await engine.apply(migrationList())).toEqual([]);
    expect(await engine.diagnose(migrationList())).toBe('createMigration');
  });
});

function statementsOf({ script }: Migration): string[] {
  return script.split(/;$/m).filter((statement) => statement.trim() !== '');
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}
