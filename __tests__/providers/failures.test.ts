import type { Behaviour } from '../../src/simulator/behaviour.ts';
import { allEvents, ask, terminalOf, textOf } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

const quick = { chunks: ['one ', 'two ', 'three ', 'four '], delayMs: 0, firstDelayMs: 0 };

describe('what can go wrong with a provider', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({
      config: { stream: { firstTokenTimeoutMs: 1_500, idleTimeoutMs: 1_000 } },
    });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const run = async (behaviour: Behaviour) => {
    service.simulator.setBehaviour({ ...quick, ...behaviour });
    const asked = service.simulator.requests.length;
    const events = await allEvents(ask(service.url, 'Hi'));
    const { code, cause, status } = service.query<{ code: string; cause: string; status: string }>(
      'SELECT cause, status FROM Run ORDER BY rowid DESC LIMIT 1',
    )[0] ?? { code: '', cause: '', status: '' };
    return {
      events,
      terminal: terminalOf(events),
      stored: { code, cause, status },
      attempts: service.simulator.requests.length - asked,
    };
  };

  it.each<[what: string, fault: NonNullable<Behaviour['fault']>, code: string, attempts: number]>([
    ['a refused key', { kind: 'unauthorized' }, 'provider_auth_failed', 1],
    ['an unknown deployment', { kind: 'deployment_not_found' }, 'model_not_found', 1],
    ['too long a prompt', { kind: 'context_length_exceeded' }, 'context_length_exceeded', 1],
    ['a refused prompt', { kind: 'prompt_filtered' }, 'content_filtered', 1],
    ['a rate limit', { kind: 'rate_limit', retryAfterMs: 1 }, 'rate_limited', 3],
    ['a rate limit without a hint', { kind: 'rate_limit' }, 'rate_limited', 3],
    ['a rate limit of a day, which is capped', { kind: 'rate_limit', retryAfter: 86_400 }, 'rate_limited', 3],
    ['a rate limit of minus one', { kind: 'rate_limit', retryAfter: -1 }, 'rate_limited', 3],
    ['a server error', { kind: 'server_error' }, 'provider_unavailable', 3],
    ['an outage', { kind: 'unavailable' }, 'provider_unavailable', 3],
    ['a timeout of the provider', { kind: 'http_error', status: 408 }, 'provider_unavailable', 3],
    ['a bad request', { kind: 'http_error', status: 400 }, 'invalid_request', 1],
    ['a reset connection', { kind: 'reset' }, 'provider_unavailable', 3],
    ['silence instead of an answer', { kind: 'stall', at: 'headers' }, 'first_token_timeout', 3],
    ['silence before the first token', { kind: 'stall', at: 'start' }, 'first_token_timeout', 3],
    ['silence in the middle', { kind: 'stall', at: 2 }, 'idle_timeout', 1],
    ['a connection that closes in the middle', { kind: 'close', at: 2 }, 'provider_unavailable', 1],
    ['an end without a finish_reason', { kind: 'cut_short', at: 2 }, 'provider_protocol_error', 1],
    ['an error object in the middle', { kind: 'error', at: 2 }, 'provider_unavailable', 1],
    ['a rate limit in the middle', { kind: 'error', at: 2, code: 'rate_limit_exceeded' }, 'rate_limited', 1],
    ['malformed JSON', { kind: 'malformed', at: 2 }, 'provider_protocol_error', 1],
    ['garbage', { kind: 'garbage' }, 'provider_protocol_error', 1],
    ['the page of a proxy', { kind: 'html' }, 'provider_protocol_error', 1],
  ])('[PROV-6] [RUN-3] %s ends in an error with its own code', async (_what, fault, code, attempts) => {
    const result = await run({ fault });
    expect(result.terminal).toMatchObject({ type: 'error', code });
    expect(result.attempts).toBe(attempts);
    expect(result.stored).toMatchObject({ status: 'failed', cause: code });
    const atToken = 'at' in fault && typeof fault.at === 'number' ? fault.at : 0;
    expect(textOf(result.events)).toBe(quick.chunks.slice(0, atToken).join(''));
  });

  it('[PROV-5] announces each retry, and then answers normally', async () => {
    const { events, terminal, attempts } = await run({
      fault: { kind: 'rate_limit', retryAfterMs: 7 },
      times: 2,
    });
    expect(events.filter(({ type }) => type === 'status')).toMatchObject([
      { attempt: 2, of: 3, retryInMs: 7 },
      { attempt: 3, of: 3, retryInMs: 7 },
    ]);
    expect(attempts).toBe(3);
    expect(terminal).toMatchObject({ type: 'complete' });
    expect(textOf(events)).toBe('one two three four ');
  });

  it('[PROV-5] never retries once a token was delivered', async () => {
    const { attempts, events } = await run({ fault: { kind: 'close', at: 1 } });
    expect(attempts).toBe(1);
    expect(events.some(({ type }) => type === 'status')).toBe(false);
  });

  it.each<[what: string, fault: NonNullable<Behaviour['fault']>]>([
    ['falls silent', { kind: 'stall', at: 'end' }],
    ['closes', { kind: 'close', at: 'end' }],
    ['ends without [DONE]', { kind: 'cut_short', at: 'end' }],
  ])('[RUN-3] an upstream that %s after its finish_reason has succeeded', async (_what, fault) => {
    const { terminal, events } = await run({ fault });
    expect(terminal).toMatchObject({ type: 'complete', finishReason: 'stop' });
    expect(textOf(events)).toBe('one two three four ');
  });

  it('[RUN-5] an answer cut by the filter is complete, with that reason', async () => {
    const { terminal, stored } = await run({ fault: { kind: 'answer_filtered', at: 2 } });
    expect(terminal).toMatchObject({ type: 'complete', finishReason: 'content_filter' });
    expect(stored).toMatchObject({ status: 'complete', cause: 'content_filter' });
  });

  it('[RUN-9] idle time is not age: a long answer with short pauses is not cut', async () => {
    const { terminal } = await run({ chunks: Array(12).fill('x '), delayMs: 100 });
    expect(terminal).toMatchObject({ type: 'complete', totalChunks: 12 });
    expect(terminal.totalTime).toBeGreaterThan(1_000);
  });

  it('[RUN-9] the total clock covers all attempts', async () => {
    await using strict = await startService({
      config: { stream: { totalTimeoutMs: 120 }, retry: { attempts: 100, baseMs: 20, capMs: 20 } },
      script: { fault: { kind: 'unavailable' } },
    });
    const terminal = terminalOf(await allEvents(ask(strict.url, 'Hi')));
    expect(terminal).toMatchObject({ type: 'error', code: 'total_timeout' });
  });

  it('[RUN-12] an endless answer is bounded, and ends as length', async () => {
    await using bounded = await startService({
      config: { limits: { answerChars: 5000 } },
      script: { tokens: 'endless', delayMs: 0, firstDelayMs: 0 },
    });
    const events = await allEvents(ask(bounded.url, 'Hi'));
    expect(terminalOf(events)).toMatchObject({
      type: 'complete',
      finishReason: 'length',
      finalContentLength: 5000,
    });
    expect(textOf(events)).toHaveLength(5000);
    const [request] = bounded.simulator.requests;
    await request?.closed;
    expect(request?.aborted).toBe(true);
  });

  it("[PROV-6] the provider's own message reaches the client in development, not in production", async () => {
    const messageIn = async (environment: 'development' | 'production') => {
      await using other = await startService({
        config: { environment },
        script: { fault: { kind: 'deployment_not_found' } },
      });
      const terminal = terminalOf(await allEvents(ask(other.url, 'Hi')));
      return terminal.type === 'error' ? terminal.message : '';
    };
    expect(await messageIn('development')).toContain('deployment');
    expect(await messageIn('production')).toBe('The provider does not have this model.');
  });

  it('[PROV-1] speaks to the dated and to the v1 path with api-key', async () => {
    await allEvents(ask(service.url, 'Hi'));
    expect(service.simulator.requests.at(-1)).toMatchObject({
      deployment: 'test-deployment',
      apiVersion: '2024-10-21',
      headers: { 'api-key': 'test-key' },
    });
    await using v1 = await startService({ azure: { apiVersion: 'v1' } });
    expect(terminalOf(await allEvents(ask(v1.url, 'Hi'))).type).toBe('complete');
    expect(v1.simulator.requests.at(-1)).toMatchObject({
      deployment: 'test-deployment',
      apiVersion: null,
      headers: { 'api-key': 'test-key' },
    });
    expect(v1.simulator.requests.at(-1)?.headers.authorization).toBeUndefined();
  });
});
