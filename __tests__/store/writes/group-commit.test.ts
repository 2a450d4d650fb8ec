import { StorageError } from '../../../src/errors.ts';
import { UniqueViolationError } from '../../../src/store/storage-errors.ts';
import { insertInto } from '../../../src/store/writes/statement.ts';
import { type TemporaryDatabase, temporaryDatabase } from '../../support/store-database.ts';
import { aRun, aRunResult, aTurn } from '../../support/store-samples.ts';

describe('group commit', () => {
  let database: TemporaryDatabase;

  beforeEach(async () => {
    database = await temporaryDatabase();
  });

  afterEach(() => database[Symbol.asyncDispose]());

  const count = (table: string) =>
    database.query<{ n: number }>(`SELECT count(*) AS n FROM "${table}"`)[0]?.n;

  async function begunRuns(number: number) {
    const turns = Array.from({ length: number }, () => aTurn());
    await Promise.all(turns.map((turn) => database.chats.begin(turn)));
    return turns.map(({ run }) => run);
  }

  it('[STORE-4] a thousand simultaneous checkpoints are one transaction, and so are a thousand results', async () => {
    const runs = await begunRuns(1000);
    expect(database.commits.transactions).toBe(1);
    await Promise.all(
      runs.map(({ runId }) =>
        database.runs.checkpoint([{ runId, position: 0, kind: 'content', text: 'Hello' }]),
      ),
    );
    expect(database.commits.transactions).toBe(2);
    expect(count('RunSegment')).toBe(1000);
    await Promise.all(runs.map((run) => database.runs.settle(aRunResult(run))));
    expect(database.commits.transactions).toBe(3);
    expect(count('RunSegment')).toBe(0);
  });

  it('[STORE-4] writes that arrive during a transaction share the next one', async () => {
    const commits: number[] = [];
    const first = database.chats.begin(aTurn()).then(() => commits.push(database.commits.transactions));
    await new Promise((resolve) => setImmediate(resolve));
    const others = Array.from({ length: 10 }, () => database.chats.begin(aTurn()));
    await Promise.all([first, ...others]);
    expect(commits).toEqual([1]);
    expect(database.commits.transactions).toBe(2);
  });

  it('one bad write of many fails alone, with its own error', async () => {
    const [existing] = await begunRuns(1);
    const bad = aTurn({ run: aRun({ runId: existing?.runId ?? '' }) });
    const good = Array.from({ length: 20 }, () => aTurn());
    const turns = [...good.slice(0, 13), bad, ...good.slice(13)];
    const results = await Promise.allSettled(turns.map((turn) => database.chats.begin(turn)));

    const rejected = results.flatMap((result, index) =>
      result.status === 'rejected' ? [{ ...result, index }] : [],
    );
    expect(rejected.map(({ index }) => index)).toEqual([13]);
    const error: unknown = rejected[0]?.reason;
    expect(error).toBeInstanceOf(UniqueViolationError);
    expect(error).toBeInstanceOf(StorageError);
    expect(error).toMatchObject({ code: 'storage_failed', status: 503, table: 'Run', columns: ['id'] });
    expect(count('Run')).toBe(21);
    expect(await database.chats.head(bad.run.chatId)).toBeNull();
  });

  it('reports errors with the message of the database, not of Prisma', async () => {
    const orphan = aTurn({ chat: { id: 'none', create: null } });
    await expect(database.chats.begin(orphan)).rejects.toThrow(
      'The database could not store this: FOREIGN KEY constraint failed',
    );
  });

  it('a full disk stores nothing of a write, and the next write succeeds when there is space again', async () => {
    await begunRuns(3);
    const pages = await database.commits.exclusive((connection) =>
      connection.pragma('page_count', { simple: true }),
    );
    const limitPages = (limit: number) =>
      database.commits.exclusive((connection) => connection.pragma(`max_page_count = ${limit}`));
    await limitPages(Number(pages) + 2);

    const turn = aTurn();
    const large = {
      ...turn,
      messages: turn.messages.map((message) => ({ ...message, content: 'x'.repeat(1e6) })),
    };
    await expect(database.chats.begin(large)).rejects.toThrow(StorageError);
    await expect(database.chats.begin(large)).rejects.toThrow(/full/);
    expect(await database.chats.head(turn.run.chatId)).toBeNull();
    expect([count('Chat'), count('Message'), count('Run')]).toEqual([3, 6, 3]);

    await limitPages(1_000_000);
    await database.chats.begin(large);
    expect([count('Chat'), count('Message'), count('Run')]).toEqual([4, 8, 4]);
  });

  it('waits for another program that is writing, without blocking the process', async () => {
    const { default: SQLite } = await import('better-sqlite3');
    const other = new SQLite(database.file);
    other.exec('BEGIN IMMEDIATE');
    let stored = false;
    const begun = database.chats.begin(aTurn()).then(() => {
      stored = true;
    });
    // Longer than SQLite itself waits.
    await new Promise((resolve) => setTimeout(resolve, 400));
    expect(stored).toBe(false);
    other.exec('COMMIT');
    other.close();
    await begun;
    expect(count('Chat')).toBe(1);
  });

  it('exclusive work runs between transactions, and its failure affects no other write', async () => {
    const turn = aTurn();
    const before = database.chats.begin(turn);
    const failing = database.commits.exclusive((connection) =>
      connection.transaction(() => {
        connection.prepare('UPDATE "Chat" SET "title" = ?').run('Never');
        connection.exec('INSERT INTO "Chat" ("id") VALUES (NULL)');
      })(),
    );
    const after = database.chats.begin(aTurn());
    await expect(failing).rejects.toThrow(StorageError);
    await Promise.all([before, after]);
    expect(await database.chats.head(turn.run.chatId)).toMatchObject({ title: 'A chat' });
    expect(count('Chat')).toBe(2);
  });

  it('the connection of the reader is read-only', async () => {
    await expect(database.reader.$executeRawUnsafe('DELETE FROM "Chat"')).rejects.toThrow(/readonly/);
  });

  it('executes statements of an application', async () => {
    await database.commits.exclusive((connection) =>
      connection.exec(
        'CREATE TABLE "Op" ("document" TEXT, "version" INTEGER, PRIMARY KEY ("document", "version"))',
      ),
    );
    const insertOps = insertInto('Op', ['document', 'version']);
    const write = (version: number) => database.commits.write([insertOps.with([{ document: 'a', version }])]);
    await Promise.all([write(1), write(2)]);
    await expect(write(2)).rejects.toMatchObject({ table: 'Op', columns: ['document', 'version'] });
    expect(count('Op')).toBe(2);
  });

  it('stores pending writes when it is closed, and refuses further ones', async () => {
    const turn = aTurn();
    const pending = database.chats.begin(turn);
    await database.commits.close();
    await pending;
    expect(await database.chats.head(turn.run.chatId)).not.toBeNull();
    await expect(database.chats.begin(aTurn())).rejects.toThrow(StorageError);
    await expect(database.chats.rename(turn.run.chatId, 'Late')).rejects.toThrow(StorageError);
  });

  it('[RUN-10] is closed even when the log cannot be emptied, and loses nothing', async () => {
    const turn = aTurn();
    await database.chats.begin(turn);
    let done = () => {};
    await database.commits.exclusive((connection) => {
      // As a full disk does, a query that is not at its end keeps SQLite from it.
      const rows = connection.prepare('SELECT 1 UNION SELECT 2').iterate();
      rows.next();
      done = () => void rows.return?.();
    });
    await database.commits.close();
    done();
    expect(count('Chat')).toBe(1);
  });
});
