import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { configFrom } from '../../src/config.ts';
import { startServer } from '../../src/server.ts';
import { allEvents, ask } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';
import { openStage } from '../support/stage.ts';
import { isIdle, until, Viewer } from '../support/viewer.ts';

const SLOW = {
  chunks: Array.from({ length: 200 }, (_, index) => `word${index} `),
  delayMs: 10,
  firstDelayMs: 0,
};

interface Row {
  id: string;
  role: string;
  content: string;
  status: string;
}

const rowsOf = (service: Service, chatId: string) =>
  service.query<Row>(
    'SELECT id, role, content, status FROM Message WHERE chatId = ? ORDER BY position',
    chatId,
  );

describe('a server that is restarted under its viewers', () => {
  it('[MIRROR-5] has them converge, and no version goes backwards', async () => {
    await using service = await startService({ script: SLOW });
    using viewer = new Viewer(service.url);
    const doc = await viewer.watch('restarted');
    const answering = ask(service.url, 'Hello?', { chatId: 'restarted' }).then(allEvents);
    await until(doc, (data) => (data?.messages.at(-1)?.content.length ?? 0) > 50);
    const before = { version: doc.version ?? 0, length: doc.data?.messages.at(-1)?.content.length ?? 0 };
    await service.restart();
    await answering;
    await viewer.wake(service.url);
    await until(doc, (data) => data?.messages.at(-1)?.status === 'interrupted' && isIdle(data));
    expect(doc.version).toBeGreaterThan(before.version);
    expect(doc.data?.messages.at(-1)?.content.length).toBeGreaterThanOrEqual(before.length);
    expect(doc.data?.messages).toMatchObject(rowsOf(service, 'restarted'));
  });

  it('[MIRROR-5] has them converge after a crash in the middle of an answer, too', async () => {
    await using service = await startService({ script: SLOW });
    using viewer = new Viewer(service.url);
    const doc = await viewer.watch('crashed');
    void ask(service.url, 'Hello?', { chatId: 'crashed' }).then(allEvents, () => {});
    await until(doc, (data) => (data?.messages.at(-1)?.content.length ?? 0) > 50);
    // What kill -9 leaves of a database is what is in its files at that moment.
    const folder = mkdtempSync(join(tmpdir(), 'crashed-'));
    const copy = join(folder, 'chat.db');
    const version = doc.version ?? 0;
    for (const suffix of ['', '-wal']) {
      if (existsSync(service.databaseFile + suffix))
        copyFileSync(service.databaseFile + suffix, copy + suffix);
    }
    await viewer.sleep();
    const next = await startServer(
      configFrom({
        environment: 'test',
        server: { port: 0 },
        database: { url: `file:${copy}` },
        logging: { level: 'silent' },
      }),
    );
    await viewer.wake(next.url);
    await until(doc, (data) => data?.messages.at(-1)?.status === 'interrupted' && isIdle(data));
    expect(doc.version).toBeGreaterThan(version);
    const database = new SQLite(copy, { readonly: true });
    const rows = database.prepare('SELECT id, role, content, status FROM Message ORDER BY position').all();
    database.close();
    expect(doc.data?.messages).toMatchObject(rows);
    await next[Symbol.asyncDispose]();
    rmSync(folder, { recursive: true });
  });

  it('[CONF-3] is closed to foreign pages, open to its own and to listed ones', async () => {
    await using service = await startService({
      config: { server: { allowedOrigins: ['https://chat.example.com'] } },
    });
    const upgrade = async (headers: Record<string, string>) => {
      const url = `${service.url}/sharedb`;
      const { get } = await import('node:http');
      return new Promise<number | undefined>((resolve) => {
        const request = get(url, {
          headers: {
            connection: 'Upgrade',
            upgrade: 'websocket',
            'sec-websocket-version': '13',
            'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==',
            ...headers,
          },
        });
        request.on('response', (response) => {
          response.resume();
          resolve(response.statusCode);
        });
        request.on('upgrade', (_response, socket) => {
          socket.destroy();
          resolve(101);
        });
        request.on('error', () => resolve(undefined));
      });
    };
    expect(await upgrade({})).toBe(101);
    expect(await upgrade({ origin: service.url })).toBe(101);
    expect(await upgrade({ origin: 'https://chat.example.com' })).toBe(101);
    expect(await upgrade({ origin: 'https://evil.example.com' })).toBe(403);
    expect(await upgrade({ host: 'evil.example.com' })).toBe(403);
  });
});

describe('a viewer who was away', () => {
  it('[MIRROR-7] catches up op by op after an hour, and gets document_too_old after a day', async () => {
    await using stage = await openStage({ mirror: { keepOpsH: 24 } });
    /** Hours pass: everything that is stored becomes older. */
    const pass = (hours: number) => {
      const database = new SQLite(stage.database.file);
      database.exec(`UPDATE SharedOp SET createdAt =
        strftime('%Y-%m-%dT%H:%M:%f', createdAt, '-${hours} hours') || '+00:00'`);
      database.close();
    };
    const turn = async () => {
      const answer = await stage.ask('asleep', 'Hello?');
      answer.sink.content('An answer');
      answer.complete();
      await answer.over();
      await stage.mirror.settled();
    };
    await turn();
    using viewer = new Viewer(stage.url);
    const doc = await viewer.watch('asleep');
    const errors: unknown[] = [];
    doc.on('error', ({ code }) => errors.push(code));

    await viewer.sleep();
    await turn();
    pass(1);
    await stage.sharedb.expireOps();
    let loads = 0;
    doc.on('load', () => {
      loads += 1;
    });
    await viewer.wake(stage.url);
    await until(doc, (data) => data?.messages.length === 4 && isIdle(data));
    expect(doc.data).toEqual(stage.expected('asleep'));
    expect({ loads, errors }).toEqual({ loads: 0, errors: [] });

    await viewer.sleep();
    await turn();
    pass(25);
    await stage.sharedb.expireOps();
    expect(stage.ops('asleep')).toEqual([]);
    const refused = new Promise((resolve) => doc.once('error', ({ code }) => resolve(code)));
    await viewer.wake(stage.url);
    expect(await refused).toBe('document_too_old');

    using fresh = new Viewer(stage.url);
    const anew = await fresh.watch('asleep');
    expect(anew.data).toEqual(stage.expected('asleep'));
    expect(anew.version).toBeGreaterThan(doc.version ?? 0);
    await turn();
    await until(anew, (data) => data?.messages.length === 8 && isIdle(data));
    expect(anew.data).toEqual(stage.expected('asleep'));
  });
});

describe('many viewers', () => {
  it('[MIRROR-3] all see the same answer', async () => {
    await using stage = await openStage();
    const answer = await stage.ask('crowded', 'Hello?');
    const viewers = Array.from({ length: 200 }, () => new Viewer(stage.url));
    const docs = await Promise.all(viewers.map((viewer) => viewer.watch('crowded')));
    for (let word = 0; word < 50; word += 1) {
      answer.sink.content(`word${word} `);
      await new Promise(setImmediate);
    }
    answer.complete();
    await Promise.all(docs.map((doc) => until(doc, isIdle)));
    const expected = stage.expected('crowded');
    for (const doc of docs) expect(doc.data).toEqual(expected);
    // However many watch, an op is written once.
    expect(stage.ops('crowded').length).toBeLessThan(60);
    for (const viewer of viewers) viewer[Symbol.dispose]();
  });
});
