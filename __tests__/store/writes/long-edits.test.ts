import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { fileURLToPath, pathToFileURL } from 'node:url';
import SQLite from 'better-sqlite3';
import type { Turn } from '../../../src/chat/store.ts';
import { StorageError } from '../../../src/errors.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { writesOfTurn } from '../../../src/store/writes/turn.ts';
import { turnsDuring } from '../../support/event-loop-turns.ts';
import { allEvents, terminalOf } from '../../support/events.ts';
import { writeLongChat } from '../../support/long-chat.ts';
import { startService } from '../../support/service.ts';
import {
  queryFile,
  type TemporaryDatabase,
  temporaryDatabase,
  temporaryFolder,
} from '../../support/store-database.ts';
import { aQuestion, aRun, aTurn, at, OWNER } from '../../support/store-samples.ts';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const MIB = 1024 * 1024;

/** An edit of a question in a chat with this many messages. */
function anEdit(chatId: string, messages: number, position: number, turn: Partial<Turn> = {}): Turn {
  return aTurn({
    chat: { id: chatId, create: null },
    asked: aQuestion({ content: 'Said differently', clientId: `client-${position}` }),
    firstPosition: messages,
    supersedeFrom: position,
    run: aRun({ chatId, createdAt: at(60) }),
    ...turn,
  });
}

/** Everything that an edit changes. */
const STATE = `SELECT m.id, position, m.status, clientId, supersededAt, c.nextPosition, c.messageCount, c.updatedAt,
  (SELECT count(*) FROM Run WHERE chatId = c.id) AS runs
FROM Message m JOIN Chat c ON c.id = m.chatId WHERE chatId = ? ORDER BY position`;

const stateOf = (file: string, chatId: string) =>
  queryFile<{ id: string; position: number; clientId: string | null; supersededAt: string | null }>(
    file,
    STATE,
    chatId,
  );

/** The same edit on this thread, as for short chats. */
const atOnce = (database: TemporaryDatabase, turn: Turn) => database.commits.write(writesOfTurn(turn));

describe('[LIMIT-2] an edit of an early message in a long chat', () => {
  it('leaves the event loop to others, and other writes are stored after it', async () => {
    await using database = await temporaryDatabase();
    writeLongChat(database.file, 'long', 20_000, 3_000);
    const edit = anEdit('long', 20_000, 2);
    const order: string[] = [];
    const editing = database.chats.begin(edit).then(() => order.push('edit'));
    const another = database.chats.begin(aTurn()).then(() => order.push('another'));
    // On this thread it would leave room for a few.
    expect(await turnsDuring(Promise.all([editing, another]))).toBeGreaterThan(100);
    expect(order).toEqual(['edit', 'another']);
    expect(database.query('SELECT count(*) AS n FROM Message WHERE supersededAt IS NULL')).toEqual([
      { n: 4 + 2 },
    ]);
  });

  it.each([
    ['many', 1_000, 100],
    ['few, but long', 20, 200_000],
  ])(
    '[CHAT-9] has the result that it has in a short one, when its messages are %s',
    async (_, messages, chars) => {
      await using database = await temporaryDatabase();
      await using reference = await temporaryDatabase();
      for (const { file } of [database, reference]) writeLongChat(file, 'chat', messages, chars);
      const first = anEdit('chat', messages, messages - 2);
      const second = anEdit('chat', messages + 2, 4, {
        idempotency: { ownerId: OWNER, key: 'key', bodyHash: 'hash' },
        now: at(90),
      });
      await database.chats.begin(first);
      await database.chats.begin(second);
      await atOnce(reference, first);
      await atOnce(reference, second);
      const state = stateOf(database.file, 'chat');
      expect(state).toEqual(stateOf(reference.file, 'chat'));
      // What an earlier edit superseded keeps its moment, and the client's id goes to the new question.
      const moments = state.map(({ supersededAt }) => supersededAt);
      expect(new Set(moments.slice(4, messages - 2))).toEqual(new Set(['2026-01-01T00:01:30.000+00:00']));
      expect(moments.slice(messages - 2, messages)).toEqual(Array(2).fill('2026-01-01T00:01:00.000+00:00'));
      expect(state.filter(({ clientId }) => clientId === 'client-4').map(({ position }) => position)).toEqual(
        [messages + 2],
      );
      expect(await database.chats.findKey(OWNER, 'key')).toEqual(await reference.chats.findKey(OWNER, 'key'));
    },
  );

  it('[CHAT-4] changes nothing when a part of it cannot be stored, and the chat accepts the next edit', async () => {
    await using database = await temporaryDatabase();
    writeLongChat(database.file, 'chat', 1_000, 100);
    const before = stateOf(database.file, 'chat');
    const beside = new SQLite(database.file);
    beside.exec(`CREATE TRIGGER refuse BEFORE INSERT ON Run
      BEGIN SELECT RAISE(ABORT, 'database or disk is full'); END`);
    await expect(database.chats.begin(anEdit('chat', 1_000, 2))).rejects.toThrow(StorageError);
    expect((await database.condition()).lastWrite).toBe('failed');
    expect(stateOf(database.file, 'chat')).toEqual(before);
    beside.exec('DROP TRIGGER refuse');
    beside.close();
    const taken = anEdit('chat', 1_000, 2, { firstPosition: 7 });
    await expect(database.chats.begin(taken)).rejects.toMatchObject({
      table: 'Message',
      columns: ['chatId', 'position'],
    });
    expect(stateOf(database.file, 'chat')).toEqual(before);
    await database.chats.begin(anEdit('chat', 1_000, 2));
    expect((await database.condition()).lastWrite).toBe('stored');
    expect(stateOf(database.file, 'chat').filter(({ supersededAt }) => !supersededAt)).toHaveLength(4);
  });

  it('waits for another program that writes, without blocking the event loop', async () => {
    await using database = await temporaryDatabase();
    writeLongChat(database.file, 'chat', 1_000, 100);
    const beside = new SQLite(database.file);
    beside.exec('BEGIN IMMEDIATE');
    const editing = database.chats.begin(anEdit('chat', 1_000, 2));
    for (let turn = 0; turn < 200; turn += 1) await new Promise((resolve) => setTimeout(resolve, 1));
    beside.exec('COMMIT');
    beside.close();
    await editing;
    expect(stateOf(database.file, 'chat').filter(({ supersededAt }) => !supersededAt)).toHaveLength(4);
  });

  it('[RUN-10] is stored when the database is closed in the meantime', async () => {
    await using folder = await temporaryFolder();
    const database = await openDatabase(folder.url);
    writeLongChat(database.file, 'chat', 1_000, 100);
    const editing = database.chats.begin(anEdit('chat', 1_000, 2));
    await Promise.all([editing, database[Symbol.asyncDispose]()]);
    expect(existsSync(`${database.file}-wal`)).toBe(false);
    expect(stateOf(database.file, 'chat').filter(({ supersededAt }) => !supersededAt)).toHaveLength(4);
  });

  it('[STORE-6] is complete or changed nothing when the process is killed at any size of the write-ahead log', async () => {
    await using folder = await temporaryFolder();
    const original = join(folder.path, 'original.db');
    await (await openDatabase(`file:${original}`))[Symbol.asyncDispose]();
    writeLongChat(original, 'chat', 6_000, 3_000);
    const module = pathToFileURL(join(ROOT, 'src/store/database.ts')).href;
    let underWay = 0;
    for (const kill of [0, 64 * 1024, 4 * MIB, 'stored'] as const) {
      const file = join(folder.path, `${kill}.db`);
      copyFileSync(original, file);
      const before = stateOf(file, 'chat');
      const child = spawn(
        process.execPath,
        ['--import', 'tsx', join(ROOT, '__tests__/support/editing-process.js'), module, `file:${file}`],
        { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] },
      );
      const ended = once(child, 'close');
      let said = '';
      child.stdout.on('data', (text) => {
        said += text;
      });
      while (!said.includes('open')) await nextTurn();
      const edit = anEdit('chat', 6_000, 2);
      child.stdin.write(JSON.stringify(edit));
      const log = () => (existsSync(`${file}-wal`) ? statSync(`${file}-wal`).size : 0);
      while (!said.includes('stored') && (kill === 'stored' || log() < kill)) await nextTurn();
      child.kill('SIGKILL');
      await ended;
      const acknowledged = said.includes('stored');
      if (!acknowledged) underWay += 1;
      await (await openDatabase(`file:${file}`))[Symbol.asyncDispose]();
      const after = stateOf(file, 'chat');
      const isWhole =
        after.length === before.length + 2 &&
        after.filter(({ supersededAt }) => !supersededAt).length === 4 &&
        after.filter(({ id }) => id === edit.run.messageId).length === 1;
      if (acknowledged || isWhole) expect([kill, isWhole]).toEqual([kill, true]);
      else expect(after).toEqual(before);
      expect(queryFile(file, 'PRAGMA integrity_check')).toEqual([{ integrity_check: 'ok' }]);
    }
    expect(underWay).toBeGreaterThan(0);
  }, 600_000);

  it('[CHAT-9] over HTTP: edit, a new answer to an early question, and deletion', async () => {
    await using service = await startService();
    writeLongChat(service.databaseFile, 'chat', 2_000, 100);
    const post = (path: string, body: object) =>
      fetch(`${service.url}/api/chat/chat/${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      });
    const positions = async () => {
      const { messages } = await (await fetch(`${service.url}/api/chat/chat?limit=500`)).json();
      return messages.map(({ position }: { position: number }) => position);
    };
    expect(terminalOf(await allEvents(post('regenerate', { messageId: 'chat-600' }))).type).toBe('complete');
    expect((await positions()).slice(-3)).toEqual([497, 498, 499]);
    expect(terminalOf(await allEvents(post('edit', { messageId: 'chat-4', content: 'New' }))).type).toBe(
      'complete',
    );
    expect(await positions()).toEqual([0, 1, 2, 3, 2001, 2002]);
    expect((await fetch(`${service.url}/api/chat/chat`, { method: 'DELETE' })).status).toBe(204);
    expect(service.query('SELECT count(*) AS n FROM Message')).toEqual([{ n: 0 }]);
  });
});
