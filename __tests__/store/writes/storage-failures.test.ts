import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import { configFrom } from '../../../src/config.ts';
import { type Server, startServer } from '../../../src/server.ts';
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts';
import { allEvents, ask, readEvents, terminalOf, textOf } from '../../support/events.ts';

const FULL = 'database or disk is full';

describe('when the database refuses a write', () => {
  let folder: string;
  let file: string;
  let simulator: Simulator;
  let server: Server;
  /** An operator's connection, through which a write can be made to fail as a full disk makes it fail. */
  let beside: SQLite.Database;

  /** A server that tries for this long to store the result of a run. */
  const start = (settleRetryMs = 500) =>
    startServer(
      configFrom({
        environment: 'test',
        server: { port: 0, drainMs: 100 },
        database: { url: `file:${file}` },
        stream: { checkpointMs: 20 },
        logging: { level: 'silent' },
        azure: { endpoint: simulator.url, apiKey: 'key', deployment: 'model', apiVersion: '2024-10-21' },
      }),
      { settleRetryMs },
    );

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-storage-'));
    file = join(folder, 'chat.db');
    simulator = await startSimulator({ script: { tokens: 60, delayMs: 5, firstDelayMs: 0 } });
    server = await start();
    beside = new SQLite(file);
  });
  afterEach(async () => {
    beside.close();
    await server[Symbol.asyncDispose]();
    await simulator[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const refuse = (event: string) =>
    beside.exec(`CREATE TRIGGER refuse BEFORE ${event} BEGIN SELECT RAISE(ABORT, '${FULL}'); END`);
  const accept = () => beside.exec('DROP TRIGGER refuse');
  const answer = () =>
    beside
      .prepare<[], { status: string; cause: string | null; content: string }>(
        'SELECT m.status, r.cause, m.content FROM Message m JOIN Run r ON r.messageId = m.id',
      )
      .all();
  const segments = () => beside.prepare('SELECT count(*) FROM RunSegment').pluck().get();

  it('[CHAT-4] at the start: 503, the provider is not called, and the chat stays free', async () => {
    refuse('INSERT ON Message');
    const response = await ask(server.url, 'Hi', { chatId: 'full' });
    expect(response.status).toBe(503);
    expect(await response.json()).toMatchObject({ error: { code: 'storage_failed' } });
    expect(simulator.requests).toHaveLength(0);
    expect(beside.prepare('SELECT count(*) FROM Chat').pluck().get()).toBe(0);
    accept();
    expect(terminalOf(await allEvents(ask(server.url, 'Hi', { chatId: 'full' }))).type).toBe('complete');
  });

  it('[RUN-6] at a checkpoint: the run continues, and its text is written when there is space again', async () => {
    refuse('INSERT ON RunSegment');
    const response = await ask(server.url, 'Hi');
    let seen = 0;
    for await (const event of readEvents(response)) {
      if (event.type !== 'content') continue;
      seen += 1;
      if (seen === 25) {
        expect(segments()).toBe(0);
        accept();
      }
      if (event.type === 'content' && seen > 25 && segments() !== 0) break;
    }
    expect(segments()).not.toBe(0);
    const rest = await allEvents(fetch(`${server.url}/api/runs/${response.headers.get('x-run-id')}/stream`));
    expect(terminalOf(rest).type).toBe('complete');
    expect(answer()).toEqual([{ status: 'complete', cause: 'stop', content: textOf(rest) }]);
  });

  it('[RUN-3] at the end, for a moment: readers wait and see no error', async () => {
    await server[Symbol.asyncDispose]();
    server = await start(60_000);
    simulator.setBehaviour({ tokens: 3, delayMs: 0, firstDelayMs: 0 });
    refuse('UPDATE ON Message');
    const response = await ask(server.url, 'Hi');
    let told = false;
    const reading = allEvents(response).then((events) => {
      told = true;
      return events;
    });
    while (simulator.activeRequests > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    // The provider has said everything, and for a while nothing follows.
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(told).toBe(false);
    expect(answer()).toMatchObject([{ status: 'streaming' }]);
    accept();
    expect(terminalOf(await reading).type).toBe('complete');
    expect(answer()).toEqual([{ status: 'complete', cause: 'stop', content: '0 1 2 ' }]);
  });

  it('[RUN-3] at the end, for long: readers get an error, and the result is stored when there is space again', async () => {
    simulator.setBehaviour({ tokens: 3, delayMs: 0, firstDelayMs: 0 });
    refuse('UPDATE ON Message');
    const events = await allEvents(ask(server.url, 'Hi', { chatId: 'late' }));
    expect(terminalOf(events)).toMatchObject({ type: 'error', code: 'storage_failed', retryable: true });
    expect(textOf(events)).toBe('0 1 2 ');
    // The chat is not free before its answer is stored.
    expect((await ask(server.url, 'Hi', { chatId: 'late' })).status).toBe(409);
    accept();
    for (;;) {
      const next = await ask(server.url, 'And now?', { chatId: 'late' });
      if (next.status === 200) {
        expect(terminalOf(await allEvents(next)).type).toBe('complete');
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    expect(answer()[0]).toEqual({ status: 'failed', cause: 'storage_failed', content: '0 1 2 ' });
  });

  it('[RUN-10] at the end, for ever: the server still stops, and the next start settles the run', async () => {
    simulator.setBehaviour({ tokens: 3, delayMs: 0, firstDelayMs: 0 });
    refuse('UPDATE ON Message');
    const events = await allEvents(ask(server.url, 'Hi'));
    expect(terminalOf(events)).toMatchObject({ code: 'storage_failed' });
    await server[Symbol.asyncDispose]();
    accept();
    server = await start();
    expect(answer()).toMatchObject([{ status: 'interrupted', cause: 'crash' }]);
    expect(segments()).toBe(0);
  });
});
