import { randomUUID } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import SQLite from 'better-sqlite3';
import { openDatabase } from '../../../src/store/database.ts';
import { copyDatabase } from '../../support/start-instants.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/store-database.ts';
import { aQuestion, aRun, aRunResult, aTurn } from '../../support/store-samples.ts';

const SECRET = 'hunter2-9f31';

describe('[STORE-6] deleted and private data', () => {
  let folder: TemporaryFolder;

  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  /** How often a text occurs in the files of the database. */
  const found = (text: string) =>
    readdirSync(folder.path)
      .map((name) => readFileSync(join(folder.path, name), 'latin1').split(text).length - 1)
      .reduce((sum, count) => sum + count, 0);

  /** The write-ahead log is emptied once a second at most. */
  const gone = async (text: string) => {
    while (found(text) > 0) await new Promise((resolve) => setTimeout(resolve, 50));
  };

  it.each([
    ['short', 40, 1],
    ['longer than a page of the file', 40, 400],
    ['so long that it is removed in slices', 3, 200_000],
  ])('deleted chats leave nothing in any file when their texts are %s', async (_, chats, repeated) => {
    const text = `${SECRET} `.repeat(repeated);
    await using database = await openDatabase(folder.url);
    const write = async (secret: string) => {
      const run = aRun();
      const asked = aQuestion({ content: `Say ${secret}` });
      await database.chats.begin(
        aTurn({ run, asked, chat: { id: run.chatId, create: { title: secret.slice(0, 60) } } }),
      );
      await database.runs.checkpoint([
        { runId: run.runId, position: 0, kind: 'content', text: secret },
        { runId: run.runId, position: secret.length, kind: 'reasoning', text: secret },
      ]);
      await database.runs.settle(aRunResult(run, { content: secret, reasoning: secret }));
      return run.chatId;
    };
    const kept: string[] = [];
    const deleted: string[] = [];
    for (let chat = 0; chat < chats; chat += 1) {
      deleted.push(await write(text));
      kept.push(await write(`kept ${randomUUID()}`));
    }
    expect(found(SECRET)).toBeGreaterThan(0);
    for (const chatId of deleted) expect(await database.chats.delete(chatId)).toBe(true);
    await gone(SECRET);
    for (const chatId of kept) expect(await database.chats.head(chatId)).not.toBeNull();
    expect(await database.chats.delete(deleted[0] as string)).toBe(false);
  });

  it('[PROV-8] redacted text is gone from all files when the run is settled', async () => {
    await using database = await openDatabase(folder.url);
    const run = aRun();
    await database.chats.begin(aTurn({ run }));
    const piece = { runId: run.runId, position: 0, kind: 'content' } as const;
    await database.runs.checkpoint([{ ...piece, text: `It is ${SECRET}` }]);
    await database.runs.replace(run.runId, [{ ...piece, text: 'It is ████████████' }]);
    const journal = [{ content: 18 }, { event: { type: 'redact', from: 6, to: 18 } as const }];
    await database.runs.settle(aRunResult(run, { content: 'It is ████████████', journal }));
    await gone(SECRET);
  });

  it('an old title is gone after renaming', async () => {
    await using database = await openDatabase(folder.url);
    const turn = aTurn();
    await database.chats.begin({ ...turn, chat: { ...turn.chat, create: { title: SECRET } } });
    await database.chats.rename(turn.chat.id, 'Another');
    await gone(SECRET);
  });

  it('a deletion does not wait for a reader of another program, and is completed when that has ended', async () => {
    await using database = await openDatabase(folder.url);
    const turn = aTurn({ asked: aQuestion({ content: SECRET }) });
    await database.chats.begin(turn);
    const reader = new SQLite(database.file, { readonly: true });
    reader.exec('BEGIN');
    reader.prepare('SELECT count(*) FROM Message').get();
    expect(await database.chats.delete(turn.chat.id)).toBe(true);
    reader.close();
    await gone(SECRET);
  });

  it('a start removes what was deleted just before a process was killed, whatever it was', async () => {
    const killed = join(folder.path, 'killed');
    mkdirSync(killed);
    let copy = '';
    {
      await using database = await openDatabase(folder.url);
      const turn = aTurn({ asked: aQuestion({ content: SECRET }) });
      await database.chats.begin(turn);
      const renamed = aTurn();
      await database.chats.begin({ ...renamed, chat: { ...renamed.chat, create: { title: SECRET } } });
      // While another program reads, the log is not emptied.
      const reader = new SQLite(database.file, { readonly: true });
      reader.exec('BEGIN');
      reader.prepare('SELECT count(*) FROM Message').get();
      await database.chats.rename(renamed.chat.id, 'Another');
      expect(await database.chats.delete(turn.chat.id)).toBe(true);
      copy = copyDatabase(database.file, killed);
      reader.close();
    }
    const left = () =>
      readdirSync(killed).filter((name) => readFileSync(join(killed, name)).includes(SECRET));
    expect(left()).toContain('chat.db-wal');
    await using _ = await openDatabase(`file:${copy}`);
    expect(left()).toEqual([]);
  });

  it('a deletion that was interrupted continues at the next start', async () => {
    const first = await openDatabase(folder.url);
    const turn = aTurn({ asked: aQuestion({ content: SECRET }) });
    await first.chats.begin(turn);
    await first[Symbol.asyncDispose]();
    const connection = new SQLite(first.file);
    connection.pragma('foreign_keys = OFF');
    connection.exec('DELETE FROM Chat; INSERT INTO ChatRemoval SELECT chatId FROM Message LIMIT 1');
    connection.close();
    await (await openDatabase(folder.url))[Symbol.asyncDispose]();
    expect(found(SECRET)).toBe(0);
    await using next = await openDatabase(folder.url);
    await next.chats.begin(turn);
    expect(
      (await next.chats.messages(turn.chat.id, { limit: 10, cursor: null, superseded: true })).items,
    ).toHaveLength(2);
  });

  it('new files and folders, and existing files, are accessible for their owner only', async () => {
    const file = join(folder.path, 'a', 'b', 'chat.db');
    mkdirSync(join(folder.path, 'a'), { mode: 0o755 });
    const mode = (path: string) => (statSync(path).mode & 0o777).toString(8);
    const first = await openDatabase(`file:${file}`);
    await first.chats.begin(aTurn());
    for (const name of readdirSync(dirname(file)))
      expect([name, mode(join(dirname(file), name))]).toEqual([name, '600']);
    expect(readdirSync(dirname(file)).sort()).toEqual([
      'chat.db',
      'chat.db-shm',
      'chat.db-wal',
      'chat.db.lock',
      'chat.db.lock-journal',
    ]);
    expect(mode(dirname(file))).toBe('700');
    expect(mode(join(folder.path, 'a'))).toBe('755');
    await first[Symbol.asyncDispose]();
    const old = join(folder.path, 'old.db');
    writeFileSync(old, '', { mode: 0o644 });
    await using _second = await openDatabase(`file:${old}`);
    expect(mode(old)).toBe('600');
  });
});
