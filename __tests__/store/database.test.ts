import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import SQLite from 'better-sqlite3';
import { openDatabase } from '../../src/store/database.ts';
import { DatabaseError } from '../../src/store/opening/database-error.ts';
import { migrate, migrationNames, missingMigration, readSchema } from '../../src/store/opening/migrations.ts';
import {
  queryFile,
  type TemporaryFolder,
  temporaryDatabase,
  temporaryFolder,
} from '../support/store-database.ts';
import { aRunResult, aTurn, OWNER } from '../support/store-samples.ts';

describe('the database', () => {
  let folder: TemporaryFolder;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });

  afterEach(() => folder[Symbol.asyncDispose]());

  const refusal = (url: string) =>
    openDatabase(url).then(
      () => 'was opened',
      (error: unknown) => {
        expect(error).toBeInstanceOf(DatabaseError);
        return error instanceof Error ? error.message : '';
      },
    );

  it('[STORE-1] runs in WAL mode, with foreign keys and a busy timeout', async () => {
    await using database = await temporaryDatabase();
    const pragma = (name: string) =>
      database.commits.exclusive((connection) => String(connection.pragma(name, { simple: true })));
    expect(await pragma('journal_mode')).toBe('wal');
    expect(await pragma('foreign_keys')).toBe('1');
    expect(await pragma('synchronous')).toBe('1');
    expect(Number(await pragma('busy_timeout'))).toBeGreaterThan(0);
  });

  it('[STORE-1] keeps the tables and columns that an operator queries', async () => {
    await using database = await temporaryDatabase();
    const columns = (table: string) =>
      database
        .query<{ name: string }>(`SELECT name FROM pragma_table_info('${table}')`)
        .map(({ name }) => name);
    expect(columns('Message')).toEqual(
      expect.arrayContaining([
        'id',
        'chatId',
        'position',
        'role',
        'status',
        'content',
        'tokens',
        'clientId',
        'createdAt',
        'supersededAt',
      ]),
    );
    expect(columns('Chat')).toEqual(
      expect.arrayContaining(['id', 'title', 'systemPrompt', 'createdAt', 'updatedAt']),
    );
    expect(columns('Run')).toEqual(
      expect.arrayContaining([
        'id',
        'chatId',
        'messageId',
        'status',
        'cause',
        'errorMessage',
        'provider',
        'model',
        'promptTokens',
        'completionTokens',
        'reasoningTokens',
        'usageEstimated',
        'chunks',
        'characters',
        'timeToFirstToken',
        'totalTime',
        'createdAt',
        'endedAt',
      ]),
    );
  });

  it("[RUN-11] an operator's SQL sums usage by day and model", async () => {
    await using database = await temporaryDatabase();
    const turn = aTurn();
    await database.chats.begin(turn);
    await database.runs.settle(aRunResult(turn.run));
    const usage = database.query(
      `SELECT date(createdAt) AS day, model, sum(promptTokens + completionTokens) AS tokens,
       sum(usageEstimated) AS estimated, cast(round((julianday(endedAt) - julianday(createdAt)) * 86400) AS INTEGER) AS s
       FROM Run GROUP BY day, model`,
    );
    expect(usage).toEqual([{ day: '2026-01-01', model: 'gpt-4o', tokens: 14, estimated: 0, s: 2 }]);
  });

  it('dates are stored alike by SQL and by Prisma', async () => {
    await using database = await temporaryDatabase();
    const turn = aTurn();
    await database.chats.begin(turn);
    const stored = () => database.query<{ createdAt: string }>('SELECT createdAt FROM Chat')[0]?.createdAt;
    const written = stored();
    expect(written).toBe('2026-01-01T00:00:00.000+00:00');
    const { createdAt } = turn.run;
    const byPrisma = await database.reader.chat.findFirst({ where: { id: turn.chat.id, createdAt } });
    expect(byPrisma?.createdAt).toEqual(createdAt);
  });

  it('[STORE-2] creates missing folder, file and tables, and applies no migration twice', async () => {
    const url = `file:${join(folder.path, 'a', 'b', 'chat.db')}`;
    const first = await openDatabase(url);
    await first.chats.begin(aTurn());
    await first[Symbol.asyncDispose]();
    const applied = queryFile<{ migration_name: string }>(
      first.file,
      'SELECT migration_name FROM _prisma_migrations ORDER BY 1',
    );
    expect(applied.map(({ migration_name }) => migration_name)).toEqual(migrationNames());
    expect(await migrate(url)).toEqual([]);
    await using second = await openDatabase(url);
    expect((await second.chats.list(OWNER, 5, null)).items).toHaveLength(1);
  });

  it('[STORE-3] migrations and schema agree', async () => {
    expect(await missingMigration()).toBe('');
  });

  it('[STORE-3] a difference between them is found', async () => {
    const changed = readSchema().replace('title        String', 'title        String?\n  colour String?');
    expect(await missingMigration(changed)).toContain('"colour" TEXT');
  });

  describe('[RUN-6] one server per file', () => {
    it('a second one is refused, whichever path to the file it uses, until the first has ended', async () => {
      const first = await openDatabase(folder.url);
      const link = join(folder.path, 'link.db');
      await symlink(first.file, link);
      const refused = `Another server uses the database ${first.file}. Stop that one, or give this one a file of its own (DATABASE_URL).`;
      expect(await refusal(folder.url)).toBe(refused);
      expect(await refusal(first.file)).toBe(refused);
      expect(await refusal(`file:${link}`)).toBe(refused);
      expect(await refusal(`file:${relative(process.cwd(), first.file)}`)).toBe(refused);
      await first.ping();
      await first[Symbol.asyncDispose]();
      const second = await openDatabase(`file:${link}`);
      expect(second.file).toBe(first.file);
      await second[Symbol.asyncDispose]();
    });

    it('a server that was killed leaves no lock', async () => {
      const file = join(folder.path, 'chat.db');
      const script = `const lock = new (require('better-sqlite3'))(process.argv[1]); lock.exec('BEGIN EXCLUSIVE');
        console.log('locked'); setInterval(() => {}, 1000);`;
      const other = spawn(process.execPath, ['-e', script, `${file}.lock`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      try {
        await once(other.stdout, 'data');
        expect(await refusal(folder.url)).toContain('Another server uses the database');
      } finally {
        other.kill('SIGKILL');
        await once(other, 'exit');
      }
      const database = await openDatabase(folder.url);
      await database[Symbol.asyncDispose]();
    });

    it('a link to a file that does not exist yet is that file', async () => {
      const link = join(folder.path, 'link.db');
      await symlink('target.db', link);
      await using database = await openDatabase(`file:${link}`);
      expect(database.file.endsWith('/target.db')).toBe(true);
    });
  });

  describe('an error that prevents the start is reported in one sentence', () => {
    it('a file that is no database', async () => {
      await writeFile(
        join(folder.path, 'chat.db'),
        'This is no database, and it is long enough to be read as one.'.repeat(20),
      );
      expect(await refusal(folder.url)).toMatch(/chat\.db cannot be used: it is not an SQLite database\./);
    });

    it('a folder', async () => {
      await mkdir(join(folder.path, 'chat.db'));
      expect(await refusal(folder.url)).toMatch(/cannot be used: it is a folder/);
    });

    it('a file as a folder', async () => {
      await writeFile(join(folder.path, 'file'), '');
      expect(await refusal(`file:${folder.path}/file/chat.db`)).toMatch(/a part of its path is a file/);
    });

    it('a folder that is not writable', async () => {
      expect(await refusal('file:/proc/chat.db')).toMatch(/^The database \/proc\/chat\.db cannot be used: /);
    });

    it("another program's database", async () => {
      const other = new SQLite(join(folder.path, 'chat.db'));
      other.exec('CREATE TABLE recipes (id)');
      other.close();
      expect(await refusal(folder.url)).toMatch(/it holds tables of another program/);
    });

    it('a database of a newer version', async () => {
      const database = await openDatabase(folder.url);
      await database[Symbol.asyncDispose]();
      const newer = new SQLite(database.file);
      newer.exec(`INSERT INTO _prisma_migrations (id, checksum, migration_name, applied_steps_count)
        VALUES ('x', 'x', '29990101000000_future', 1)`);
      newer.close();
      expect(await refusal(folder.url)).toMatch(
        /is of a newer version of this service \(migration 29990101000000_future\)/,
      );
    });

    it.each([
      [':memory:', 'must be a file'],
      ['file::memory:', 'must be a file'],
      ['file:', 'must be a file'],
      ['postgresql://host/name', '"postgresql:" is not supported'],
      ['file:./chat.db?connection_limit=1', 'takes no parameters'],
      ['file://host/chat.db', 'takes no host'],
    ])('the URL %s', async (url, reason) => {
      expect(await refusal(url)).toContain(reason);
    });
  });

  it('leaves one file with all data when it is closed', async () => {
    const database = await openDatabase(folder.url);
    const pending = database.chats.begin(aTurn());
    await database[Symbol.asyncDispose]();
    await pending;
    expect((await readdir(folder.path)).sort()).toEqual(['chat.db', 'chat.db.lock']);
    expect(queryFile(database.file, 'SELECT id FROM Message')).toHaveLength(2);
  });

  it('[CHAT-10] drops statistics that were collected on smaller tables', async () => {
    const small = await openDatabase(folder.url);
    await small.chats.begin(aTurn());
    await small[Symbol.asyncDispose]();
    const operator = new SQLite(small.file);
    operator.exec('ANALYZE');
    operator.close();
    await using database = await openDatabase(folder.url);
    const statistics = queryFile(
      database.file,
      "SELECT name FROM sqlite_schema WHERE name LIKE 'sqlite_stat%'",
    );
    expect(statistics).toEqual([]);
  });

  it('[OPS-2] answers a ping while it is open', async () => {
    const database = await openDatabase(folder.url);
    await expect(database.ping()).resolves.toBeUndefined();
    await database[Symbol.asyncDispose]();
  });
});
