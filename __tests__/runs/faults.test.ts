import type { Behaviour } from '../../src/simulator/behaviour.ts';
import { allEvents, ask, terminalOf, textOf } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

type Fault = NonNullable<Behaviour['fault']>;

/** How a run is to end: event, code or reason, stored status and cause. */
interface End {
  type: 'complete' | 'error';
  cause: string;
  /** How many of the four tokens arrive. */
  tokens: number;
}

const TOKENS = ['one ', 'two ', 'three ', 'four '];

const failed = (cause: string, tokens = 0): End => ({ type: 'error', cause, tokens });
const complete = (cause = 'stop', tokens = TOKENS.length): End => ({ type: 'complete', cause, tokens });

/** Faults that strike instead of an answer. */
const INSTEAD: Array<[fault: Fault, end: End]> = [
  [{ kind: 'unauthorized' }, failed('provider_auth_failed')],
  [{ kind: 'deployment_not_found' }, failed('model_not_found')],
  [{ kind: 'context_length_exceeded' }, failed('context_length_exceeded')],
  [{ kind: 'prompt_filtered' }, failed('content_filtered')],
  [{ kind: 'rate_limit', retryAfterMs: 1 }, failed('rate_limited')],
  [{ kind: 'server_error' }, failed('provider_unavailable')],
  [{ kind: 'unavailable' }, failed('provider_unavailable')],
  [{ kind: 'http_error', status: 400 }, failed('invalid_request')],
  [{ kind: 'garbage' }, failed('provider_protocol_error')],
  [{ kind: 'html' }, failed('provider_protocol_error')],
  [{ kind: 'stall', at: 'headers' }, failed('first_token_timeout')],
  [{ kind: 'close', at: 'headers' }, failed('provider_unavailable')],
  [{ kind: 'reset', at: 'headers' }, failed('provider_unavailable')],
];

/** Faults that strike before the first token, in the middle, and after the finish_reason. */
const DURING: Array<[kind: 'stall' | 'close' | 'cut_short' | 'error' | 'malformed', ends: [End, End, End]]> =
  [
    ['stall', [failed('first_token_timeout'), failed('idle_timeout', 2), complete()]],
    ['close', [failed('provider_unavailable'), failed('provider_unavailable', 2), complete()]],
    ['cut_short', [failed('provider_protocol_error'), failed('provider_protocol_error', 2), complete()]],
    [
      'error',
      [failed('provider_unavailable'), failed('provider_unavailable', 2), failed('provider_unavailable', 4)],
    ],
    [
      'malformed',
      [
        failed('provider_protocol_error'),
        failed('provider_protocol_error', 2),
        failed('provider_protocol_error', 4),
      ],
    ],
  ];

const PLACES = ['start', 2, 'end'] as const;

const CASES: Array<[what: string, behaviour: Behaviour, end: End]> = [
  ...INSTEAD.map(([fault, end]): [string, Behaviour, End] => [JSON.stringify(fault), { fault }, end]),
  ...DURING.flatMap(([kind, ends]) =>
    PLACES.map((at, index): [string, Behaviour, End] => [
      `${kind} at ${at}`,
      { fault: { kind, at } },
      ends[index] ?? complete(),
    ]),
  ),
  ...PLACES.map((at): [string, Behaviour, End] => [
    `a pause at ${at}`,
    { fault: { kind: 'pause', at, ms: 40 } },
    complete(),
  ]),
  ['a slow first token', { firstDelayMs: 60 }, complete()],
  ['UTF-8 in segments', { split: 'utf8' }, complete()],
  ['any segments, CRLF', { split: 11, lineEnd: 'crlf' }, complete()],
  [
    'an answer cut by the filter',
    { fault: { kind: 'answer_filtered', at: 2 } },
    complete('content_filter', 2),
  ],
  [
    'an answer cut by the filter at once',
    { fault: { kind: 'answer_filtered', at: 'start' } },
    complete('content_filter', 0),
  ],
  ['an empty answer', { chunks: [], tokens: 0 }, complete('stop', 0)],
];

describe('what can go wrong, and when', () => {
  /** Its clocks never ring here, however busy the machine is. */
  let patient: Service;
  /** For providers that fall silent: its clocks are what ends them. */
  let hasty: Service;
  const warnings: string[] = [];
  const onWarning = (warning: Error) => warnings.push(`${warning.name}: ${warning.message}`);

  beforeAll(async () => {
    process.on('warning', onWarning);
    const script = { chunks: TOKENS, delayMs: 0, firstDelayMs: 0 };
    patient = await startService({ script });
    hasty = await startService({
      config: { stream: { firstTokenTimeoutMs: 1_000, idleTimeoutMs: 1_000 } },
      script,
    });
    for (const { url } of [patient, hasty]) await allEvents(ask(url, 'Warm up'));
  });
  afterAll(async () => {
    process.off('warning', onWarning);
    await patient[Symbol.asyncDispose]();
    await hasty[Symbol.asyncDispose]();
  });

  const serviceFor = ({ fault }: Behaviour) => (fault?.kind === 'stall' ? hasty : patient);

  const open = () =>
    process.getActiveResourcesInfo().filter((resource) => /^(Timeout|TCPSocketWrap)$/.test(resource)).length;
  const liveRuns = async ({ url }: Service) => (await (await fetch(`${url}/readyz`)).json()).liveRuns;

  it.each(CASES)(
    '[RUN-3] [RUN-5] [PROV-9] %s: one terminal, its own cause, and nothing left behind',
    async (_what, behaviour, { type, cause, tokens }) => {
      const service = serviceFor(behaviour);
      // Keeps the failures of this table from adding up to a provider that is not asked any more.
      service.simulator.setBehaviour({ chunks: TOKENS, delayMs: 0, firstDelayMs: 0 });
      expect(terminalOf(await allEvents(ask(service.url, 'Hi'))).type).toBe('complete');
      // A delay: what the provider loses in one segment with its last words is not what is tested here.
      const base: Behaviour = 'tokens' in behaviour ? {} : { chunks: TOKENS };
      service.simulator.setBehaviour({ ...base, delayMs: 2, firstDelayMs: 0, ...behaviour });
      const response = await ask(service.url, 'Hi');
      const runId = response.headers.get('x-run-id');
      const events = await allEvents(response);
      const terminal = terminalOf(events);
      expect(terminal).toMatchObject(
        type === 'complete' ? { type, finishReason: cause } : { type, code: cause },
      );
      const content = TOKENS.slice(0, tokens).join('');
      expect(textOf(events)).toBe(content);
      const status = type === 'complete' ? 'complete' : 'failed';
      expect(
        service.query(
          'SELECT r.cause, r.status, m.status AS shown, m.content FROM Run r JOIN Message m ON m.id = r.messageId WHERE r.id = ?',
          runId,
        ),
      ).toEqual([{ cause, status, shown: status, content }]);
      // A later reader is told the same.
      const again = await allEvents(fetch(`${service.url}/api/runs/${runId}/stream`));
      expect(terminalOf(again)).toEqual(terminal);
      expect(textOf(again)).toBe(content);

      await Promise.all(service.simulator.requests.map(({ closed }) => closed));
      expect(service.simulator.activeRequests).toBe(0);
      expect(await liveRuns(service)).toBe(0);
    },
  );

  it('[PROV-8] [PROV-9] text taken back after the end is taken back everywhere', async () => {
    patient.simulator.setBehaviour({ chunks: TOKENS, delayMs: 0, firstDelayMs: 0 });
    await allEvents(ask(patient.url, 'Hi'));
    patient.simulator.setBehaviour({
      chunks: TOKENS,
      delayMs: 0,
      firstDelayMs: 0,
      fault: { kind: 'late_violation', from: 4, to: 8 },
    });
    const response = await ask(patient.url, 'Hi');
    const events = await allEvents(response);
    expect(events.filter((event) => event.type === 'redact')).toMatchObject([{ from: 4, to: 8 }]);
    const runId = response.headers.get('x-run-id');
    const again = await allEvents(fetch(`${patient.url}/api/runs/${runId}/stream`));
    expect(textOf(again)).toBe('one ████three four ');
    expect(terminalOf(again)).toEqual(terminalOf(events));
  });

  it('[RUN-12] a huge answer is bounded, and its provider is let go', async () => {
    await using bounded = await startService({
      config: { limits: { answerChars: 100_000 } },
      script: { tokens: 'endless', tokenChars: 1_000, delayMs: 0, firstDelayMs: 0 },
    });
    const upstream = bounded.simulator.nextRequest();
    const events = await allEvents(ask(bounded.url, 'Hi'));
    expect(terminalOf(events)).toMatchObject({
      type: 'complete',
      finishReason: 'length',
      finalContentLength: 100_000,
    });
    await (await upstream).closed;
    expect(bounded.simulator.activeRequests).toBe(0);
  });

  it('[PROV-9] a reset may take with it what was not read yet, and nothing else', async () => {
    for (const at of [1, 2, 3, 'end'] as const) {
      patient.simulator.setBehaviour({
        chunks: TOKENS,
        delayMs: 2,
        firstDelayMs: 0,
        fault: { kind: 'reset', at },
      });
      const events = await allEvents(ask(patient.url, 'Hi'));
      const terminal = terminalOf(events);
      expect(TOKENS.join('').startsWith(textOf(events))).toBe(true);
      if (terminal.type === 'error') expect(terminal.code).toBe('provider_unavailable');
      else expect([at, terminal.type, textOf(events)]).toEqual(['end', 'complete', TOKENS.join('')]);
    }
  });

  it('leaves no timers and sockets behind, and warns of no listener too many', async () => {
    const all = async () => {
      for (const [, behaviour] of CASES) {
        const service = serviceFor(behaviour);
        service.simulator.setBehaviour({ chunks: TOKENS, delayMs: 0, firstDelayMs: 0 });
        await allEvents(ask(service.url, 'Hi'));
        service.simulator.setBehaviour({ chunks: TOKENS, delayMs: 0, firstDelayMs: 0, ...behaviour });
        await allEvents(ask(service.url, 'Hi'));
      }
      return open();
    };
    const before = await all();
    // Connections that are kept for the next request come and go; one per fault would be forty.
    expect(await all()).toBeLessThan(before + 10);
    expect(warnings).toEqual([]);
  });
});
