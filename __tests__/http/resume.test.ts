import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import { allEvents, ask, terminalOf, textOf } from '../support/events.ts';
import { PatientReader } from '../support/patient-reader.ts';
import { type Service, startService } from '../support/service.ts';

/** Text that is difficult for parsers of event streams. */
const TROUBLE = [
  ...['\n', '\r\n', '\r', '\n\n', 'data: ', '\ndata: {"type":"complete"}\n\n', '[DONE]', 'data: [DONE]\n\n'],
  ...[
    'id: 7',
    ': ping\n\n',
    'event: error\n',
    '😀',
    '👩‍👩‍👧‍👦',
    '🇩🇪',
    'é',
    '\u2028',
    '\u2029',
    '\ufeff',
    '"\\',
    ' ',
  ],
];

const text = fc
  .array(
    fc.oneof(
      { arbitrary: fc.constantFrom(...TROUBLE), weight: 2 },
      { arbitrary: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), weight: 2 },
      {
        arbitrary: fc
          .string({ unit: 'grapheme', minLength: 10, maxLength: 40 })
          .map((part) => part.repeat(12)),
        weight: 1,
      },
    ),
    { minLength: 1, maxLength: 25 },
  )
  .map((parts) => parts.join('').replaceAll('\0', '␀'));

/** The text in chunks that are split anywhere, also within a surrogate pair. */
const chunks = fc
  .tuple(text, fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 }))
  .map(([whole, shares]) => {
    const bounds = [0, ...shares.map((share) => Math.floor(share * whole.length)), whole.length];
    bounds.sort((one, other) => one - other);
    return bounds.slice(1).map((end, index) => whole.slice(bounds[index], end));
  });

const answer = fc.record({
  chunks,
  reasoning: fc.option(text, { nil: undefined, freq: 4 }),
  /** Cuts the provider's bytes as well. */
  split: fc.option(fc.nat(1_000_000), { nil: undefined }),
  delayMs: fc.constantFrom(0, 0, 1),
  takenBack: fc.option(fc.tuple(fc.nat(500), fc.nat(500)), { nil: undefined, freq: 5 }),
});

/** Bytes of the response, its head included, after which a connection is cut. */
const cuts = fc.array(fc.oneof(fc.nat(450), fc.integer({ min: 400, max: 900 }), fc.nat(1_500)), {
  minLength: 1,
  maxLength: 30,
});

interface Stored {
  content: string;
  reasoning: string | null;
}

describe('disconnecting and resuming', () => {
  let service: Service;
  /** How many connections were cut in all properties together. */
  let returns = 0;

  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const direct = ({ takenBack, ...behaviour }: typeof answer extends fc.Arbitrary<infer T> ? T : never) => {
    const [one = 0, other = 0] = takenBack ?? [];
    const region = { from: Math.min(one, other), to: Math.max(one, other) };
    service.simulator.setBehaviour({
      ...behaviour,
      firstDelayMs: 0,
      ...(takenBack ? { fault: { kind: 'late_violation', ...region } } : {}),
    });
  };

  const stored = (runId: string | null): Stored => {
    const [row] = service.query<Stored>(
      'SELECT content, reasoning FROM Message WHERE id = (SELECT messageId FROM Run WHERE id = ?)',
      runId,
    );
    if (!row) throw new Error(`no run ${runId}`);
    return row;
  };

  const expectWhole = (reader: PatientReader) => {
    const row = stored(reader.runId);
    expect({ content: reader.content, reasoning: reader.reasoning }).toEqual({
      content: row.content,
      reasoning: row.reasoning ?? '',
    });
    expect(reader.terminals).toHaveLength(1);
    expect(reader.terminals[0]).toMatchObject({ finalContentLength: row.content.length });
    returns += reader.returns;
  };

  it('[RUN-2] [SSE-2] a reader that is cut off after any bytes of a live answer ends up with the stored text', async () => {
    await fc.assert(
      fc.asyncProperty(answer, cuts, async (said, where) => {
        direct(said);
        const reader = new PatientReader(service.url, {
          method: 'POST',
          path: '/api/chat',
          headers: { 'idempotency-key': randomUUID() },
          body: { messages: [{ role: 'user', content: 'Hi' }] },
        });
        await reader.read(where);
        expectWhole(reader);
        if (!said.takenBack) expect(reader.content).toBe(said.chunks.join(''));
      }),
      { numRuns: 65 },
    );
  }, 600_000);

  it('[RUN-2] the same after the end, and after a restart', async () => {
    const runs: string[] = [];
    for (const said of fc.sample(answer, 30)) {
      direct(said);
      const events = await allEvents(ask(service.url, 'Hi'));
      runs.push(String(events[0]?.id.split(':')[0]));
    }
    const anyRun = fc.constantFrom(...runs);
    const readers = fc.array(cuts, { minLength: 1, maxLength: 6 });
    const property = fc.asyncProperty(anyRun, readers, async (runId, everybody) => {
      const reading = everybody.map((where) => new PatientReader(service.url, runId).read(where));
      for (const reader of await Promise.all(reading)) expectWhole(reader);
    });
    await fc.assert(property, { numRuns: 35 });
    await service.restart();
    await fc.assert(property, { numRuns: 35 });
  }, 600_000);

  it('cut more than a thousand connections in these properties', () => {
    expect(returns).toBeGreaterThan(1_000);
  });

  it('[RUN-2] [SSE-3] any position that a client could have gives exactly the rest', async () => {
    service.simulator.setBehaviour({
      chunks: ['a😀b', 'c\nd', 'e'],
      reasoning: 'hm',
      delayMs: 0,
      firstDelayMs: 0,
    });
    const events = await allEvents(ask(service.url, 'Hi'));
    const [runId = ''] = String(events[0]?.id).split(':');
    const whole = `hm${textOf(events)}`;
    for (let position = 0; position <= whole.length; position += 1) {
      const rest = await allEvents(
        fetch(`${service.url}/api/runs/${runId}/stream`, {
          headers: { 'last-event-id': `${runId}:${position}` },
        }),
      );
      const said = rest.map((event) => ('content' in event ? event.content : '')).join('');
      expect(said).toBe(whole.slice(position));
      expect(rest.some(({ type }) => type === 'start')).toBe(position === 0);
      terminalOf(rest);
    }
    const over = await fetch(`${service.url}/api/runs/${runId}/stream?after=${runId}:${whole.length + 1}`);
    expect([over.status, await over.text()]).toEqual([204, '']);
  });

  describe('refused positions', () => {
    let runId: string;
    beforeAll(async () => {
      service.simulator.setBehaviour({ chunks: ['Hello'], delayMs: 0, firstDelayMs: 0 });
      const events = await allEvents(ask(service.url, 'Hi'));
      runId = String(events[0]?.id.split(':')[0]);
    });

    it.each([
      ['no position', 'nonsense'],
      ['a negative one', '-1'],
      ['a fraction', '1.5'],
      ['one beyond the end', '7'],
      ['one beyond what a number holds', '99999999999999999999'],
      ['a position of another run', `${randomUUID()}:1`],
      ['a run without a position', `${randomUUID()}:`],
      ['two positions', '1:2'],
    ])('[RUN-2] %s is 400', async (_what, position) => {
      for (const request of [
        () => fetch(`${service.url}/api/runs/${runId}/stream`, { headers: { 'last-event-id': position } }),
        () => fetch(`${service.url}/api/runs/${runId}/stream?after=${encodeURIComponent(position)}`),
      ]) {
        const response = await request();
        expect(response.status).toBe(400);
        expect(await response.json()).toMatchObject({ error: { code: 'invalid_request' } });
      }
    });

    it('[RUN-2] a bare number is enough, and the header overrides the query', async () => {
      const after = await allEvents(fetch(`${service.url}/api/runs/${runId}/stream?after=2`));
      expect(textOf(after)).toBe('llo');
      const both = await allEvents(
        fetch(`${service.url}/api/runs/${runId}/stream?after=2`, {
          headers: { 'last-event-id': `${runId}:4` },
        }),
      );
      expect(textOf(both)).toBe('o');
    });

    it('[RUN-2] an unknown run is a 404', async () => {
      const response = await fetch(`${service.url}/api/runs/${randomUUID()}/stream`);
      expect(response.status).toBe(404);
      expect(await response.json()).toMatchObject({ error: { code: 'not_found' } });
    });
  });

  it("[RUN-2] finds a chat's active run, and says 204 when there is none", async () => {
    service.simulator.setBehaviour({ tokens: 'endless', delayMs: 5, firstDelayMs: 0 });
    const first = await ask(service.url, 'Hi', { chatId: 'active' });
    const second = await fetch(`${service.url}/api/chat/active/stream`);
    expect(second.headers.get('x-run-id')).toBe(first.headers.get('x-run-id'));
    await fetch(`${service.url}/api/runs/${first.headers.get('x-run-id')}/stop`, { method: 'POST' });
    const [one, other] = await Promise.all([allEvents(first), allEvents(second)]);
    expect(textOf(other)).toBe(textOf(one));
    expect(terminalOf(other)).toEqual(terminalOf(one));
    for (const chatId of ['active', 'never-was']) {
      expect((await fetch(`${service.url}/api/chat/${chatId}/stream`)).status).toBe(204);
    }
  });

  it('[CHAT-9] [RUN-2] a page that opens in the middle continues from activeRun without a doubled character', async () => {
    service.simulator.setBehaviour({ tokens: 400, delayMs: 1, firstDelayMs: 0 });
    const first = allEvents(ask(service.url, 'Hi', { chatId: 'opened' }));
    await fc.assert(
      fc.asyncProperty(fc.nat(20), async (waitMs) => {
        await new Promise((resolve) => setTimeout(resolve, waitMs));
        const view = await (await fetch(`${service.url}/api/chat/opened`)).json();
        if (!view.activeRun) return;
        const seen: string = view.messages.at(-1).content;
        const { runId, lastEventId } = view.activeRun;
        const rest = await allEvents(
          fetch(`${service.url}/api/runs/${runId}/stream`, { headers: { 'last-event-id': lastEventId } }),
        );
        expect(seen + textOf(rest)).toBe(textOf(await first));
      }),
      { numRuns: 10 },
    );
    await first;
  });
});
