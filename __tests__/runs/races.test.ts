import { randomUUID } from 'node:crypto';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { below, oneOf, type Random, seeded } from '../../scripts/survival/random.ts';
import { isTerminal, type RunEvent } from '../../src/wire/events.ts';
import { allEvents, ask, post, terminalOf, textOf } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

const ROUNDS = 100;
const AT_ONCE = 5;
const SEED = Number(process.env.SEED ?? Math.floor(Math.random() * 1e9));

/** Short answers, so that ends meet whatever else happens. */
const SHORT = { tokens: 4, delayMs: 1, firstDelayMs: 0 };

/** Everything that can meet, met hundreds of times at random moments; a failure prints its seed (SEED=…). */
describe(`races, seed ${SEED}`, () => {
  let service: Service;
  let interrupting: Service;
  beforeAll(async () => {
    service = await startService({ script: SHORT });
    interrupting = await startService({ script: SHORT, config: { chat: { concurrency: 'interrupt' } } });
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await interrupting[Symbol.asyncDispose]();
  });

  /** Plays `play` in many chats, some at the same moment; each chat must take a question afterwards. */
  async function rounds(
    { url }: Pick<Service, 'url'>,
    play: (chatId: string, random: Random, url: string) => Promise<unknown>,
  ): Promise<void> {
    const random = seeded(SEED);
    for (let round = 0; round < ROUNDS; round += AT_ONCE) {
      const chats = Array.from({ length: AT_ONCE }, () => randomUUID());
      await Promise.all(
        chats.map(async (chatId) => {
          await play(chatId, random, url);
          const next = await allEvents(ask(url, 'Is anybody there?', { chatId }));
          expect(terminalOf(next).type).toBe('complete');
        }),
      );
    }
  }

  /** Up to some milliseconds, or only some turns of the event loop. */
  async function aMoment(random: Random): Promise<void> {
    if (random() < 0.5) await sleep(below(random, 12));
    else for (let turns = below(random, 6); turns > 0; turns -= 1) await nextTurn();
  }

  const runIdOf = (response: Response) => String(response.headers.get('x-run-id'));
  const stop = (url: string, runId: string) => post(`${url}/api/runs/${runId}/stop`, {});
  const follow = (url: string, runId: string, position = 0) =>
    fetch(`${url}/api/runs/${runId}/stream`, { headers: { 'last-event-id': `${runId}:${position}` } });
  const storedText = (runId: string, { query }: Pick<Service, 'query'> = service) =>
    query<{ content: string; status: string }>(
      'SELECT m.content, m.status FROM Message m JOIN Run r ON r.messageId = m.id WHERE r.id = ?',
      runId,
    )[0];
  const onlyTerminal = (events: readonly RunEvent[]) => {
    const terminals = events.filter(isTerminal);
    expect(terminals).toHaveLength(1);
    return terminals[0];
  };

  it('[RUN-3] [RUN-4] stop against finish, and stop twice', async () => {
    const ends = new Set<string>();
    await rounds(service, async (chatId, random, url) => {
      const response = await ask(url, 'Hi', { chatId });
      const runId = runIdOf(response);
      const reading = allEvents(response);
      await aMoment(random);
      const stops = await Promise.all([
        stop(url, runId),
        stop(url, runId),
        aMoment(random).then(() => stop(url, runId)),
      ]);
      for (const { status } of stops) expect([200, 202]).toContain(status);
      const events = await reading;
      const end = onlyTerminal(events);
      ends.add(String(end?.type));
      expect(storedText(runId)).toEqual({
        content: textOf(events),
        status: end?.type === 'complete' ? 'complete' : 'stopped',
      });
      expect(onlyTerminal(await allEvents(follow(url, runId)))?.type).toBe(end?.type);
    });
    // Otherwise they did not race.
    expect([...ends].sort()).toEqual(['complete', 'stopped']);
  });

  it('[CHAT-7] two questions at once, of which one is refused', async () => {
    await rounds(service, async (chatId, random, url) => {
      const responses = await Promise.all(
        ['One', 'Two', 'Three'].map(async (content) => {
          if (random() < 0.5) await aMoment(random);
          return ask(url, content, { chatId });
        }),
      );
      const accepted = responses.filter(({ status }) => status === 200);
      for (const { status } of responses) expect([200, 409]).toContain(status);
      expect(accepted.length).toBeGreaterThan(0);
      for (const response of accepted) expect(onlyTerminal(await allEvents(response))?.type).toBe('complete');
      for (const response of responses) if (response.status !== 200) await response.text();
      const positions = service.query<{ position: number }>(
        'SELECT position FROM Message WHERE chatId = ? ORDER BY position',
        chatId,
      );
      expect(positions.map(({ position }) => position)).toEqual(positions.map((_, index) => index));
      expect(positions).toHaveLength(2 * accepted.length);
    });
  });

  it('[CHAT-7] [RUN-5] two questions at once, of which the later interrupts', async () => {
    await rounds(interrupting, async (chatId, random, url) => {
      const events = await Promise.all(
        ['One', 'Two', 'Three'].map(async (content) => {
          await aMoment(random);
          return allEvents(ask(url, content, { chatId }));
        }),
      );
      for (const each of events) {
        const end = onlyTerminal(each);
        if (end?.type === 'stopped') expect(end.cause).toBe('superseded');
        else expect(end?.type).toBe('complete');
      }
      const shown = interrupting.query<{ status: string }>(
        "SELECT status FROM Message WHERE chatId = ? AND role = 'assistant' ORDER BY position",
        chatId,
      );
      expect(shown).toHaveLength(3);
      expect(shown.at(-1)?.status).toBe('complete');
    });
  });

  it('[RUN-2] coming back while it finishes', async () => {
    await rounds(service, async (chatId, random, url) => {
      const response = await ask(url, 'Hi', { chatId });
      const runId = runIdOf(response);
      const reading = allEvents(response);
      const whole = '0 1 2 3 ';
      const returns = Array.from({ length: 4 }, async () => {
        await aMoment(random);
        const position = below(random, whole.length + 1);
        const again = await follow(url, runId, position);
        // The run may not be there yet.
        if (again.status === 400) return again.text();
        const events = await allEvents(again);
        expect(onlyTerminal(events)?.type).toBe('complete');
        expect(textOf(events)).toBe(whole.slice(position));
      });
      await Promise.all(returns);
      expect(textOf(await reading)).toBe(whole);
    });
  });

  it('[CHAT-9] [RUN-5] deleting while it runs', async () => {
    await rounds(service, async (chatId, random, url) => {
      const response = await ask(url, 'Hi', { chatId });
      const runId = runIdOf(response);
      const reading = allEvents(response);
      await aMoment(random);
      const [removed, again] = await Promise.all([
        fetch(`${url}/api/chat/${chatId}`, { method: 'DELETE' }),
        fetch(`${url}/api/chat/${chatId}`, { method: 'DELETE' }),
      ]);
      expect([removed.status, again.status].sort()).toEqual([204, 404]);
      const end = onlyTerminal(await reading);
      if (end?.type === 'stopped') expect(end.cause).toBe('deleted');
      else expect(end?.type).toBe('complete');
      expect(service.query('SELECT id FROM Run WHERE chatId = ?', chatId)).toEqual([]);
      expect((await fetch(`${url}/api/runs/${runId}`)).status).toBe(404);
    });
  });

  it('[CHAT-8] repeats while the first is stored, streams, or is deleted', async () => {
    await rounds(service, async (chatId, random, url) => {
      const key = randomUUID();
      const body = { chatId, messages: [{ role: 'user', content: 'Once' }] };
      const responses = await Promise.all(
        Array.from({ length: 5 }, async () => {
          await aMoment(random);
          return post(`${url}/api/chat`, body, { 'idempotency-key': key });
        }),
      );
      expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
      expect(new Set(responses.map(runIdOf)).size).toBe(1);
      for (const response of responses) expect(textOf(await allEvents(response))).toBe('0 1 2 3 ');
      expect(service.query('SELECT id FROM Message WHERE chatId = ?', chatId)).toHaveLength(2);

      const [, repeat] = await Promise.all([
        fetch(`${url}/api/chat/${chatId}`, { method: 'DELETE' }),
        aMoment(random).then(() => post(`${url}/api/chat`, body, { 'idempotency-key': key })),
      ]);
      // Before the deletion it is the old run, after it a new one; between them the chat is busy.
      expect([200, 409]).toContain(repeat.status);
      await repeat.text();
    });
  });

  it('[RUN-5] [RUN-11] every run of all of these has its cause and its usage', () => {
    for (const { query } of [service, interrupting]) {
      expect(query<{ n: number }>('SELECT count(*) AS n FROM Run')[0]?.n).toBeGreaterThan(100);
      expect(
        query(
          `SELECT id FROM Run WHERE cause IS NULL OR terminal IS NULL OR completionTokens IS NULL OR endedAt IS NULL`,
        ),
      ).toEqual([]);
    }
  });

  it('[RUN-10] stopping the server while questions come in', async () => {
    const random = seeded(SEED);
    await using stopping = await startService({ script: SHORT, config: { server: { drainMs: 15 } } });
    for (let round = 0; round < 12; round += 1) {
      const { url, server } = stopping;
      const asked = Array.from({ length: 20 }, async () => {
        await aMoment(random);
        const response = await ask(url, 'Hi', { chatId: oneOf(random, ['a', 'b', 'c', 'd', randomUUID()]) });
        if (response.status !== 200) {
          expect([409, 503]).toContain(response.status);
          return response.text();
        }
        const end = onlyTerminal(await allEvents(response));
        if (end?.type === 'error') expect(end.code).toBe('interrupted');
      });
      await aMoment(random);
      await server.drain();
      await stopping.restart();
      for (const result of await Promise.allSettled(asked)) {
        // Who came too late for a listening socket was refused by the system.
        if (result.status === 'rejected') expect(String(result.reason)).toMatch(/fetch failed|terminated/);
      }
      expect(stopping.query("SELECT id FROM Message WHERE status = 'streaming'")).toEqual([]);
      for (const chatId of ['a', 'b', 'c', 'd']) {
        const next = await allEvents(ask(stopping.url, 'Is anybody there?', { chatId }));
        expect(terminalOf(next).type).toBe('complete');
      }
    }
  });
});
