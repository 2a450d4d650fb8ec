import { Writable } from 'node:stream';
import { pino } from 'pino';
import { configFrom } from '../../src/config.ts';
import { ProviderError } from '../../src/errors.ts';
import { Breaker, CircuitOpenError } from '../../src/providers/attempts/breaker.ts';
import type { Producer, Sink } from '../../src/runs/producer.ts';
import { allEvents, ask, terminalOf, textOf } from '../support/events.ts';
import { anthropicWire } from '../support/fake-anthropic.ts';
import { openaiWire } from '../support/fake-openai.ts';
import { type FakeProvider, startFake, USAGE } from '../support/fake-provider.ts';
import { type Service, startService } from '../support/service.ts';

const catalogue = configFrom().models;
const entry = (id: string, changes: object) => {
  const known = catalogue[id];
  if (!known) throw new Error(`no model ${id}`);
  return { [id]: { ...known, ...changes } };
};

const UI_MESSAGES = [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'Hi' }] }];

describe('a model that is unavailable', () => {
  let openai: FakeProvider;
  let claude: FakeProvider;
  let service: Service;
  beforeAll(async () => {
    openai = await startFake(openaiWire());
    claude = await startFake(anthropicWire);
    service = await startService({
      azure: null,
      config: {
        retry: { attempts: 2 },
        access: {
          openai: { apiKey: 'sk-openai', baseUrl: openai.url },
          anthropic: { apiKey: 'sk-claude', baseUrl: claude.url },
        },
        models: entry('gpt-4o', { fallbacks: ['claude-haiku-5-5', 'gemini-3.8-flash', 'gpt-4.1'] }),
      },
    });
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await openai[Symbol.asyncDispose]();
    await claude[Symbol.asyncDispose]();
  });
  beforeEach(() => {
    openai.requests.length = 0;
    claude.requests.length = 0;
    claude.reply = { content: ['instead'] };
  });

  it('is replaced by its first fallback with a status event, and the usage belongs to the model that answered', async () => {
    openai.reply = { refuse: 'server_error' };
    const events = await allEvents(
      ask(service.url, 'Hi', { model: 'gpt-4o', chatId: 'stand-in', options: { temperature: 0.2 } }),
    );
    expect(events[0]).toMatchObject({ type: 'start', model: 'gpt-4o', provider: 'openai' });
    expect(events.filter(({ type }) => type === 'status')).toMatchObject([
      { attempt: 2, of: 2 },
      {
        message: 'The provider could not be reached. Asking claude-haiku-5-5 instead of gpt-4o.',
        model: 'claude-haiku-5-5',
        provider: 'anthropic',
      },
    ]);
    expect(textOf(events)).toBe('instead');
    expect(terminalOf(events)).toMatchObject({ type: 'complete', usage: { promptTokens: USAGE.prompt } });
    expect(openai.requests).toHaveLength(2);
    // What the substitute does not take is left out.
    expect(claude.requests[0]?.body).not.toHaveProperty('temperature');
    expect(service.query('SELECT model, provider, status FROM Run WHERE chatId = ?', 'stand-in')).toEqual([
      { model: 'claude-haiku-5-5', provider: 'anthropic', status: 'complete' },
    ]);
  });

  it('[SSE-3] [WIRE-1] each protocol names the model that answers, also to late readers', async () => {
    openai.reply = { refuse: 'model_not_found' };
    const substitute = { model: 'claude-haiku-5-5', provider: 'anthropic' };
    const body = { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] };
    const post = (path: string, more: object) =>
      fetch(`${service.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...body, ...more }),
      });

    const chunks = await (await post('/v1/chat/completions', { stream: true })).text();
    expect([...chunks.matchAll(/"model":"([^"]+)"/g)].map(([, model]) => model).at(-1)).toBe(
      substitute.model,
    );
    const whole = await (await post('/v1/chat/completions', {})).json();
    expect(whole.model).toBe(substitute.model);

    const parts = await (
      await post('/api/chat', { id: 'ui', trigger: 'submit-message', messages: UI_MESSAGES })
    ).text();
    const finish = parts.split('\n').find((line) => line.includes('"type":"finish"')) ?? '';
    expect(JSON.parse(finish.slice('data: '.length)).messageMetadata).toMatchObject(substitute);

    const query = new URLSearchParams({ model: 'gpt-4o', messages: JSON.stringify(body.messages) });
    const source = await fetch(`${service.url}/api/v1/llm/complete/stream?${query}`);
    const last = (await source.text()).split('\n').find((line) => line.includes('[DONE]')) ?? '';
    expect(JSON.parse(last.slice('data: '.length)).metadata).toMatchObject(substitute);

    const native = await post('/api/chat', {});
    const runId = native.headers.get('x-run-id');
    await native.text();
    expect(await (await fetch(`${service.url}/api/runs/${runId}`)).json()).toMatchObject(substitute);
    const late = await fetch(`${service.url}/api/runs/${runId}/stream`);
    const [, start = ''] = (await late.text()).split('\n');
    expect(JSON.parse(start.slice('data: '.length))).toMatchObject({ type: 'start', ...substitute });
  });

  it('continues with the next one, without those whose provider is not configured', async () => {
    openai.reply = { refuse: 'model_not_found' };
    claude.reply = { refuse: 'rate_limit' };
    const events = await allEvents(ask(service.url, 'Hi', { model: 'gpt-4o' }));
    expect(terminalOf(events)).toMatchObject({ type: 'error', code: 'model_not_found' });
    expect(openai.requests.map(({ body }) => body.model)).toEqual(['gpt-4o', 'gpt-4.1']);
  });

  it.each(['bad_request', 'content_filter', 'context_length'] as const)(
    'asks nobody else when it is the request that is refused (%s)',
    async (refuse) => {
      openai.reply = { refuse };
      await allEvents(ask(service.url, 'Hi', { model: 'gpt-4o' }));
      expect(claude.requests).toHaveLength(0);
    },
  );

  it('[PROV-5] has no fallback after its first token', async () => {
    openai.reply = { content: ['half'], after: 'break' };
    const events = await allEvents(ask(service.url, 'Hi', { model: 'gpt-4o' }));
    expect(textOf(events)).toBe('half');
    expect(terminalOf(events)).toMatchObject({ type: 'error', code: 'provider_unavailable' });
    expect(claude.requests).toHaveLength(0);
  });
});

const ignore = () => {};
const SINK: Sink = { content: ignore, reasoning: ignore, redact: ignore, status: ignore, emit: ignore };
const never = new AbortController().signal;
const answering: Producer = async (sink) => {
  sink.content('x');
  return { finishReason: 'stop', usage: null };
};
const failing: Producer = () => Promise.reject(new ProviderError('provider_unavailable'));
const refusing: Producer = () => Promise.reject(new ProviderError('rate_limited'));

/** How an attempt ended. */
async function outcome(breaker: Breaker, attempt: Producer, signal = never): Promise<string> {
  return breaker
    .around(attempt)(SINK, signal)
    .then(
      () => 'answered',
      (error: unknown) => (error instanceof CircuitOpenError ? 'not asked' : 'failed'),
    );
}

describe('the circuit breaker of a provider', () => {
  const lines: string[] = [];
  const log = new Writable({
    write(chunk, _encoding, done) {
      lines.push(String(chunk));
      done();
    },
  });
  const breakerOf = (retryAfterMs: number, windowMs = 30_000) =>
    new Breaker('openai', pino({}, log), { failures: 3, windowMs, retryAfterMs });
  const fail = async (breaker: Breaker, times: number) => {
    for (let time = 0; time < times; time += 1) expect(await outcome(breaker, failing)).toBe('failed');
  };

  it('opens after consecutive failures, logs it, and sends no request until a trial', async () => {
    const breaker = breakerOf(60_000);
    await fail(breaker, 3);
    expect(breaker.state).toBe('open');
    expect(await outcome(breaker, answering)).toBe('not asked');
    expect(lines.some((line) => line.includes('"provider":"openai"') && line.includes('not asking it'))).toBe(
      true,
    );
  });

  it('closes when a trial succeeds, and stays open otherwise', async () => {
    const breaker = breakerOf(0);
    await fail(breaker, 3);
    expect(await outcome(breaker, failing)).toBe('failed');
    expect(breaker.state).toBe('open');
    expect(await outcome(breaker, answering)).toBe('answered');
    expect(breaker.state).toBe('closed');
    await fail(breaker, 2);
    expect(breaker.state).toBe('closed');
  });

  it('counts only consecutive failures: an answer or a refusal resets it', async () => {
    const breaker = breakerOf(60_000);
    for (const alive of [answering, refusing]) {
      await fail(breaker, 2);
      await outcome(breaker, alive);
    }
    await fail(breaker, 2);
    expect(breaker.state).toBe('closed');
  });

  it('counts only failures within the time window', async () => {
    const breaker = breakerOf(60_000, 0);
    await fail(breaker, 10);
    expect(breaker.state).toBe('closed');
  });

  it('does not count failures after the first token, or aborted requests', async () => {
    const breaker = breakerOf(60_000);
    const broken: Producer = async (sink) => {
      sink.content('x');
      throw new ProviderError('provider_unavailable');
    };
    const given = AbortSignal.abort();
    for (let time = 0; time < 5; time += 1) {
      expect(await outcome(breaker, broken)).toBe('failed');
      expect(await outcome(breaker, failing, given)).toBe('failed');
    }
    expect(breaker.state).toBe('closed');
  });

  it('[OPS-2] a dead provider fails fast, and /readyz says which it is', async () => {
    await using dead = await startFake(openaiWire());
    await using service = await startService({
      azure: null,
      config: {
        access: { openai: { apiKey: 'sk-openai', baseUrl: dead.url } },
        retry: { attempts: 10, baseMs: 0, capMs: 0 },
      },
    });
    dead.reply = { refuse: 'server_error' };
    await allEvents(ask(service.url, 'Hi'));
    expect(dead.requests).toHaveLength(10);
    const ready = await fetch(`${service.url}/readyz`);
    expect(ready.status).toBe(200);
    expect(await ready.json()).toMatchObject({ providers: { openai: 'open' } });
    const terminal = terminalOf(await allEvents(ask(service.url, 'Hi')));
    expect(terminal).toMatchObject({ type: 'error', code: 'provider_unavailable', retryable: true });
    expect(dead.requests).toHaveLength(10);
  });
});
