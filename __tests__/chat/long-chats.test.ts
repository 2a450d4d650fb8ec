import { request } from 'node:http';
import { setTimeout as pause } from 'node:timers/promises';
import SQLite from 'better-sqlite3';
import { selectHistory } from '../../src/chat/context.ts';
import { exportChat, jsonPieces } from '../../src/chat/export.ts';
import type { Message } from '../../src/chat/store.ts';
import { recover } from '../../src/runs/recovery.ts';
import { EventLoopTurns } from '../support/event-loop-turns.ts';
import { type Service, startService } from '../support/service.ts';
import { type TemporaryDatabase, temporaryDatabase } from '../support/store-database.ts';
import { aQuestion, aTurn } from '../support/store-samples.ts';

const MIB = 1024 * 1024;

/** A chat of long answers, written past the service. */
function fill(file: string, chatId: string, answers: number, chars: number, character = 'x'): void {
  const connection = new SQLite(file);
  connection
    .prepare('INSERT INTO Chat (id, title, nextPosition, messageCount, updatedAt) VALUES (?, ?, ?, ?, ?)')
    .run(chatId, 'Long', 2 * answers, 2 * answers, '2026-01-01T00:00:00.000+00:00');
  const insert =
    connection.prepare(`INSERT INTO Message (id, chatId, position, role, status, content, createdAt)
    VALUES (?, ?, ?, ?, 'complete', ?, '2026-01-01T00:00:00.000+00:00')`);
  connection.transaction(() => {
    for (let turn = 0; turn < answers; turn += 1) {
      insert.run(`${chatId}-q${turn}`, chatId, 2 * turn, 'user', `Question ${turn}`);
      insert.run(`${chatId}-a${turn}`, chatId, 2 * turn + 1, 'assistant', character.repeat(chars));
    }
  })();
  connection.close();
}

describe('[LIMIT-2] a chat of long answers', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
    fill(service.databaseFile, 'long', 30, 4 * MIB);
    fill(service.databaseFile, 'wide', 3, MIB, '語');
    fill(service.databaseFile, 'huge', 1, 9 * MIB);
  });
  afterAll(() => service[Symbol.asyncDispose]());

  type View = { messages: Message[]; nextCursor: string | null };

  const pages = async (chatId: string, query: string): Promise<View[]> => {
    const read: View[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const next = cursor === '' ? '' : `&cursor=${cursor}`;
      const response = await fetch(`${service.url}/api/chat/${chatId}?${query}${next}`);
      expect(response.status).toBe(200);
      const view: View = await response.json();
      read.push(view);
      cursor = view.nextCursor;
    }
    return read;
  };

  it.each([
    ['long', 'limit=500', 60],
    ['long', 'limit=3&include=superseded', 60],
    ['wide', 'limit=100', 6],
    ['huge', 'limit=100', 2],
  ])(
    '%s is read in pages of at most 4 MiB of text, %s, each message once',
    async (chatId, query, messages) => {
      const read = await pages(chatId, query);
      expect(read.flatMap((view) => view.messages.map(({ position }) => position))).toEqual(
        Array.from({ length: messages }, (_, position) => position),
      );
      for (const view of read) {
        const bytes = view.messages.map(({ content }) => Buffer.byteLength(content));
        const total = bytes.reduce((sum, size) => sum + size, 0);
        expect(total <= 4 * MIB || bytes.length === 1).toBe(true);
      }
    },
  );

  it('a short chat is still one page', async () => {
    fill(service.databaseFile, 'short', 40, 1_000);
    expect(await pages('short', 'limit=100')).toHaveLength(1);
  });

  it('chats with long system prompts are listed in pages of at most 4 MiB', async () => {
    const connection = new SQLite(service.databaseFile);
    connection.exec(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 49)
      INSERT INTO Chat (id, title, systemPrompt, updatedAt)
      SELECT 'prompted' || i, 't', replace(hex(zeroblob(131072)), '0', 'p'), '2026-02-01T00:00:00.000+00:00' FROM n`);
    connection.close();
    const ids: string[] = [];
    let count = 0;
    for (let cursor: string | null = ''; cursor !== null; count += 1) {
      const response = await fetch(
        `${service.url}/api/chats?limit=500${cursor === '' ? '' : `&cursor=${cursor}`}`,
      );
      const text = await response.text();
      expect(text.length).toBeLessThan(4.1 * MIB);
      const listed: { chats: Array<{ id: string }>; nextCursor: string | null } = JSON.parse(text);
      ids.push(...listed.chats.map(({ id }) => id));
      cursor = listed.nextCursor;
    }
    expect(count).toBeGreaterThan(3);
    expect(ids.filter((id) => id.startsWith('prompted'))).toHaveLength(50);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it.each(['json', 'markdown'])('[CHAT-9] is exported whole as %s', async (format) => {
    const response = await fetch(`${service.url}/api/chat/long/export?format=${format}`);
    expect(response.status).toBe(200);
    let bytes = 0;
    let questions = 0;
    let tail = '';
    for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) {
      bytes += chunk.length;
      const text = tail + Buffer.from(chunk).toString('latin1');
      questions += text.split('Question ').length - 1;
      // A question that two chunks share is counted with the second.
      tail = text.endsWith('Question ') ? '' : (/Q[uestion]*$/.exec(text)?.[0] ?? '');
    }
    expect(questions).toBe(30);
    expect(bytes).toBeGreaterThan(120 * MIB);
  });

  it('an export that is small is JSON as it always was', async () => {
    fill(service.databaseFile, 'small', 2, 10);
    const exported = await (await fetch(`${service.url}/api/chat/small/export`)).json();
    const viewed = await (await fetch(`${service.url}/api/chat/small`)).json();
    expect(exported).toEqual({ chat: viewed.chat, messages: viewed.messages });
    expect((await fetch(`${service.url}/api/chat/none/export`)).status).toBe(404);
  });

  it('an export is made no faster than it is read, and ends when the client leaves', async () => {
    const before = process.memoryUsage().arrayBuffers + process.memoryUsage().external;
    const slow = request(`${service.url}/api/chat/long/export`).end();
    const response = await new Promise<import('node:http').IncomingMessage>((resolve) =>
      slow.on('response', resolve),
    );
    response.pause();
    await pause(1_000);
    const held = process.memoryUsage().arrayBuffers + process.memoryUsage().external - before;
    expect(held).toBeLessThan(64 * MIB);
    slow.destroy();
    expect((await fetch(`${service.url}/healthz`)).status).toBe(200);
  });

  it('[CHAT-9] an export gives others a turn of the event loop after every page, however fast it is read', async () => {
    await using database = await temporaryDatabase();
    fill(database.file, 'fast', 10, 4 * MIB);
    const opened = await exportChat(database.chats, { activeIn: () => undefined }, 'fast', false);
    if (!opened) throw new Error('there is no chat');
    using turns = new EventLoopTurns();
    let length = 0;
    for await (const piece of jsonPieces(opened)) length += piece.length;
    expect(length).toBeGreaterThan(40 * MIB);
    expect(turns.count).toBeGreaterThanOrEqual(9);
  });

  it('[CHAT-6] the history of a prompt is read no further than it is used', async () => {
    await using database = await temporaryDatabase();
    const turn = aTurn({ asked: aQuestion() });
    await database.chats.begin(turn);
    fill(database.file, 'history', 30, 4 * MIB);
    let chars = 0;
    const source = {
      recent: async (...from: Parameters<typeof database.chats.recent>) => {
        const messages = await database.chats.recent(...from);
        chars += messages.reduce((sum, { content }) => sum + content.length, 0);
        return messages;
      },
    };
    const counted = async (text: string) => Math.ceil(text.length / 4);
    const chosen = await selectHistory(
      { chatId: 'history', before: 60, source },
      { pairs: 10, tokens: 1_500_000 },
      counted,
    );
    expect(chosen.messages).toHaveLength(2);
    expect(chars).toBeLessThan(17 * MIB);
  });

  it('[CHAT-5] pairs that are read in several goes stay pairs', async () => {
    await using database = await temporaryDatabase();
    fill(database.file, 'pairs', 12, 600_000);
    const chosen = await selectHistory(
      { chatId: 'pairs', before: 24, source: database.chats },
      { pairs: 10, tokens: 10_000_000 },
      (text) => text.length,
    );
    expect(chosen.messages.map(({ position }) => position)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 4),
    );
  });
});

describe('[LIMIT-2] the sweep at the start', () => {
  it('[RUN-6] takes up no more text at a time than a few answers have, and all of it in the end', async () => {
    await using database = await temporaryDatabase();
    for (let count = 0; count < 5; count += 1) {
      const { run } = await begun(database);
      await database.runs.checkpoint([
        { runId: run.runId, position: 0, kind: 'content', text: 'x'.repeat(7 * MIB) },
      ]);
    }
    const first = await database.runs.unsettled(100);
    expect(first.map(({ segments }) => segments.length)).toEqual([1, 1]);
    expect(await recover(database.runs, { countTokens: (text) => text.length, revealing: true })).toBe(5);
    expect(database.query('SELECT count(*) AS n FROM RunSegment')).toEqual([{ n: 0 }]);
  });
});

async function begun(database: TemporaryDatabase) {
  const turn = aTurn();
  await database.chats.begin(turn);
  return turn;
}

describe('[LIMIT-2] removing much at once', () => {
  it('a chat of many messages is removed in several transactions, between which others are stored', async () => {
    await using database = await temporaryDatabase();
    fill(database.file, 'many', 2_000, 100);
    let others = 0;
    let deleted = false;
    const deleting = database.chats.delete('many').then((found) => {
      deleted = true;
      return found;
    });
    while (!deleted) {
      await database.chats.begin(aTurn());
      others += 1;
      expect(await database.chats.head('many')).toBeNull();
    }
    expect(await deleting).toBe(true);
    expect(others).toBeGreaterThan(10);
    expect(database.query("SELECT count(*) AS n FROM Message WHERE chatId = 'many'")).toEqual([{ n: 0 }]);
    expect(database.query('SELECT count(*) AS n FROM ChatRemoval')).toEqual([{ n: 0 }]);
  });

  it('[CHAT-8] idempotency keys expire in several transactions', async () => {
    await using database = await temporaryDatabase();
    const connection = new SQLite(database.file);
    connection.exec(`WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i < 4999)
      INSERT INTO IdempotencyKey (key, bodyHash, runId, chatId, createdAt)
      SELECT 'key' || i, 'h', 'r', 'c', iif(i < 4500, '2025-01-01', '2027-01-01') FROM n`);
    connection.close();
    expect(await database.chats.forgetKeys(new Date('2026-01-01'))).toBe(4_500);
    expect(database.query('SELECT count(*) AS n FROM IdempotencyKey')).toEqual([{ n: 500 }]);
  });
});
