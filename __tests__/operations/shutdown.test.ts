import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { faultsIn, leftOpen, read } from '../../scripts/survival/database-checks.ts';
import { availableServer, ServerProcess } from '../../scripts/survival/server-process.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { allEvents, ask, terminalOf, textOf } from '../support/events.ts';

describe('SIGTERM', () => {
  let folder: string;
  let simulator: Simulator;
  const databaseFile = () => join(folder, 'chat.db');

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'llm-shutdown-'));
    simulator = await startSimulator();
  });
  afterAll(async () => {
    await simulator[Symbol.asyncDispose]();
    await rm(folder, { recursive: true, force: true });
  });

  const start = async (drainMs: number) => {
    const file = join(folder, `drain-${drainMs}.toml`);
    await writeFile(file, `[server]\ndrain_ms = ${drainMs}\n`);
    return ServerProcess.start({
      command: availableServer(),
      databaseFile: databaseFile(),
      simulatorUrl: simulator.url,
      environment: { CONFIG_PATH: file },
    });
  };
  /** The first refusal says that the signal has been heard. */
  const refusal = async (url: string) => {
    for (;;) {
      const response = await ask(url, '[[simulate: tokens=1, delay_ms=0]] too late?');
      if (response.status !== 200) return response;
      await response.text();
    }
  };

  it('[RUN-10] refuses new runs, lets live ones finish, settles the rest with their text, and exits with 0', async () => {
    await using server = await start(1_500);
    const { url } = server;
    const short = await ask(url, '[[simulate: tokens=60, delay_ms=10]]', { chatId: 'short' });
    const long = await ask(url, '[[simulate: tokens=endless, delay_ms=10]]', { chatId: 'long' });
    const [shortEvents, longEvents] = [allEvents(short), allEvents(long)];
    server.signal('SIGTERM');

    const refused = await refusal(url);
    expect(refused.status).toBe(503);
    expect(await refused.json()).toMatchObject({ error: { code: 'shutting_down' } });
    const ready = await fetch(`${url}/readyz`);
    expect(ready.status).toBe(503);
    expect(await ready.json()).toMatchObject({ draining: true });

    expect(terminalOf(await shortEvents)).toMatchObject({ type: 'complete', totalChunks: 60 });
    const cut = await longEvents;
    expect(terminalOf(cut)).toMatchObject({ type: 'error', code: 'interrupted', retryable: true });
    expect(await server.exited).toEqual({ code: 0, signal: null });

    const answers = read(databaseFile(), (database) =>
      database
        .prepare(
          `SELECT m.chatId, m.status, r.cause, m.content FROM Message m JOIN Run r ON r.messageId = m.id
           WHERE m.chatId IN ('short', 'long') ORDER BY m.chatId`,
        )
        .all(),
    );
    expect(answers).toEqual([
      { chatId: 'long', status: 'interrupted', cause: 'shutdown', content: textOf(cut) },
      { chatId: 'short', status: 'complete', cause: 'stop', content: textOf(await shortEvents) },
    ]);
    expect(leftOpen(databaseFile())).toBe(0);
    expect(faultsIn(databaseFile())).toEqual([]);

    await using next = await start(0);
    expect(
      terminalOf(await allEvents(ask(next.url, '[[simulate: tokens=2]]', { chatId: 'long' }))).type,
    ).toBe('complete');
    const again = await fetch(`${next.url}/api/runs/${long.headers.get('x-run-id')}/stream`);
    expect(textOf(await allEvents(again))).toBe(textOf(cut));
  });

  it('[RUN-10] a second signal ends at once; the next start settles interrupted runs', async () => {
    const server = await start(600_000);
    const response = await ask(server.url, '[[simulate: tokens=endless, delay_ms=10]]', { chatId: 'twice' });
    server.signal('SIGTERM');
    expect((await refusal(server.url)).status).toBe(503);
    const before = performance.now();
    server.signal('SIGTERM');
    expect(await server.exited).toEqual({ code: 1, signal: null });
    expect(performance.now() - before).toBeLessThan(60_000);
    await expect(allEvents(response)).rejects.toThrow();

    await using next = await start(0);
    const events = await allEvents(fetch(`${next.url}/api/runs/${response.headers.get('x-run-id')}/stream`));
    expect(terminalOf(events)).toMatchObject({ type: 'error', code: 'interrupted' });
    expect(leftOpen(databaseFile())).toBe(0);
  });

  it('[RUN-10] during a start leaves a database that the next start can use', async () => {
    for (const afterMs of [100, 400, 700]) {
      const server = ServerProcess.spawn({
        command: availableServer(),
        databaseFile: databaseFile(),
        simulatorUrl: simulator.url,
      });
      await new Promise((resolve) => setTimeout(resolve, afterMs));
      server.signal('SIGTERM');
      const { code, signal } = await server.exited;
      expect(signal === 'SIGTERM' || code === 0).toBe(true);
    }
    await using next = await start(0);
    expect(terminalOf(await allEvents(ask(next.url, '[[simulate: tokens=2, delay_ms=0]]'))).type).toBe(
      'complete',
    );
    expect(faultsIn(databaseFile())).toEqual([]);
  });
});
