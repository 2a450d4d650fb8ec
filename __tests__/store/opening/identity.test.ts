import { copyFileSync, linkSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { openDatabase } from '../../../src/store/database.ts';
import { allEvents, ask, terminalOf } from '../../support/events.ts';
import { type Service, startService } from '../../support/service.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/store-database.ts';
import { aQuestion, aTurn } from '../../support/store-samples.ts';

describe('[RUN-6] which file the database is', () => {
  let folder: TemporaryFolder;
  beforeEach(async () => {
    folder = await temporaryFolder();
  });
  afterEach(() => folder[Symbol.asyncDispose]());

  it('a file with two names (hard links) is refused by either name, whether or not a server is running', async () => {
    const first = await openDatabase(folder.url);
    const link = join(folder.path, 'link.db');
    linkSync(first.file, link);
    await expect(openDatabase(`file:${link}`)).rejects.toThrow(/the file has 2 names \(hard links\)/);
    await first[Symbol.asyncDispose]();
    await expect(openDatabase(folder.url)).rejects.toThrow(/the file has 2 names \(hard links\)/);
    rmSync(link);
    await (await openDatabase(folder.url))[Symbol.asyncDispose]();
  });

  it('a folder with another name is the same folder', async () => {
    mkdirSync(join(folder.path, 'real'));
    symlinkSync('real', join(folder.path, 'alias'));
    await using _first = await openDatabase(`file:${folder.path}/real/chat.db`);
    await expect(openDatabase(`file:${folder.path}/alias/chat.db`)).rejects.toThrow(/Another server uses/);
  });

  it.each(['circle.db', 'circle.db/chat.db'])(
    'links that lead in a circle, as in %s, are refused by that word',
    async (name) => {
      symlinkSync('circle.db', join(folder.path, 'circle.db'));
      await expect(openDatabase(`file:${join(folder.path, name)}`)).rejects.toThrow(/lead in a circle/);
    },
  );

  it('a deleted lock file is created again, and still keeps other servers out', async () => {
    await using first = await openDatabase(folder.url);
    rmSync(`${first.file}.lock`);
    expect(first.fileState()).toBe('in_place');
    await expect(openDatabase(folder.url)).rejects.toThrow(/Another server uses/);
  });

  it('a server that lost its lock to another one stores nothing more', async () => {
    await using first = await openDatabase(folder.url);
    rmSync(`${first.file}.lock`);
    await using second = await openDatabase(folder.url);
    expect(first.fileState()).toBe('taken');
    await expect(first.chats.begin(aTurn())).rejects.toThrow(/Another server has taken the database/);
    await second.chats.begin(aTurn());
    expect(await first.condition()).toMatchObject({ database: 'taken' });
  });
});

describe('[OPS-2] a full disk', () => {
  it('is reported after a failed write; deletions free space, and the next write reports that', async () => {
    await using folder = await temporaryFolder();
    await using database = await openDatabase(folder.url);
    const long = () => aTurn({ asked: aQuestion({ content: 'x'.repeat(200_000) }) });
    const old = long();
    await database.chats.begin(old);
    await database.commits.exclusive((connection) => {
      const pages = connection.pragma('page_count', { simple: true });
      connection.pragma(`max_page_count = ${pages}`);
    });
    await expect(database.chats.begin(long())).rejects.toMatchObject({ code: 'storage_failed' });
    expect(await database.condition()).toEqual({ database: 'reachable', lastWrite: 'failed' });
    await expect(database.ping()).rejects.toThrow('The last write failed.');
    expect(await database.chats.delete(old.chat.id)).toBe(true);
    await database.chats.begin(long());
    expect(await database.condition()).toEqual({ database: 'reachable', lastWrite: 'stored' });
  });

  it('is not reported for rows that are refused because they exist', async () => {
    await using folder = await temporaryFolder();
    await using database = await openDatabase(folder.url);
    const turn = aTurn();
    await database.chats.begin(turn);
    await expect(database.chats.begin(turn)).rejects.toThrow();
    expect(await database.condition()).toEqual({ database: 'reachable', lastWrite: 'stored' });
  });
});

describe('[OPS-2] a server whose database file goes away', () => {
  let service: Service;
  beforeEach(async () => {
    service = await startService();
  });
  afterEach(() => service[Symbol.asyncDispose]());

  const readiness = async () => {
    const response = await fetch(`${service.url}/readyz`);
    return { code: response.status, ...(await response.json()) };
  };

  it.each([
    ['deleted', (file: string) => renameSync(file, `${file}.away`)],
    [
      'replaced, as by a restore',
      (file: string) => {
        copyFileSync(file, `${file}.copy`);
        renameSync(file, `${file}.away`);
        renameSync(`${file}.copy`, file);
      },
    ],
  ])('%s: is not ready, takes no question, and goes on when it is back', async (_, takeAway) => {
    expect(await readiness()).toMatchObject({ code: 200, database: 'reachable', lastWrite: 'stored' });
    const file = service.databaseFile;
    takeAway(file);
    expect(await readiness()).toMatchObject({ code: 503, database: 'moved' });
    const refused = await ask(service.url, 'Hi');
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { code: 'storage_failed' } });
    expect(service.simulator.requests).toHaveLength(0);
    renameSync(`${file}.away`, file);
    expect(await readiness()).toMatchObject({ database: 'reachable' });
    expect(terminalOf(await allEvents(ask(service.url, 'Hi'))).type).toBe('complete');
    expect(await readiness()).toMatchObject({ code: 200, lastWrite: 'stored' });
  });

  it('or refuses a write: reports it until a write succeeds', async () => {
    const operator = new SQLite(service.databaseFile);
    operator.exec(`CREATE TRIGGER refuse BEFORE INSERT ON Message
      BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`);
    expect((await ask(service.url, 'Hi')).status).toBe(503);
    expect(await readiness()).toMatchObject({ code: 503, database: 'reachable', lastWrite: 'failed' });
    operator.exec('DROP TRIGGER refuse');
    operator.close();
    expect(terminalOf(await allEvents(ask(service.url, 'Hi'))).type).toBe('complete');
    expect(await readiness()).toMatchObject({ code: 200, lastWrite: 'stored' });
  });
});
