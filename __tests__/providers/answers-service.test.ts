import { completions, streamOf } from '../support/answer-parts.ts';
import { allEvents, ask, terminalOf, textOf } from '../support/events.ts';
import { openaiWire } from '../support/fake-openai.ts';
import { type FakeProvider, type Reply, startFake } from '../support/fake-provider.ts';
import { type Service, startService } from '../support/service.ts';

describe('unusual responses, through the service', () => {
  let fake: FakeProvider;
  let service: Service;
  beforeAll(async () => {
    fake = await startFake(openaiWire());
    service = await startService({
      azure: null,
      config: {
        environment: 'development',
        retry: { attempts: 2 },
        access: { openai: { apiKey: 'sk-openai', baseUrl: fake.url } },
      },
    });
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await fake[Symbol.asyncDispose]();
  });

  const run = async (reply: Reply) => {
    fake.requests.length = 0;
    fake.reply = reply;
    const events = await allEvents(ask(service.url, 'Hi there', { model: 'gpt-4o' }));
    const [row] = service.query<Record<string, unknown>>(
      `SELECT r.status, r.cause, r.promptTokens, r.completionTokens, r.reasoningTokens, r.usageEstimated AS estimated, m.content
         FROM Run r JOIN Message m ON m.id = r.messageId ORDER BY r.rowid DESC LIMIT 1`,
    );
    return {
      terminal: terminalOf(events),
      text: textOf(events),
      row,
      attempts: fake.requests.length,
      events,
    };
  };
  const { begin, text, finish, usage, end } = completions;
  const body = (...data: Array<object | string>): Reply => ({ body: { pieces: [streamOf(...data)] } });

  it('[PROV-5] [PROV-6] an error with status 200 is retried, and its message is passed on', async () => {
    const json = JSON.stringify({ error: { message: 'Slow down, please.', code: 429 } });
    const { terminal, attempts } = await run({ body: { type: 'application/json', pieces: [json] } });
    expect(terminal).toMatchObject({
      type: 'error',
      code: 'rate_limited',
      message: expect.stringContaining('Slow down'),
    });
    expect(attempts).toBe(2);
  });

  it('[PROV-5] an error that is not transient is not retried', async () => {
    const json = JSON.stringify({ error: { message: 'No.', type: 'invalid_request_error' } });
    const { terminal, attempts } = await run({ body: { type: 'application/json', pieces: [json] } });
    expect(terminal).toMatchObject({ type: 'error', code: 'invalid_request', retryable: false });
    expect(attempts).toBe(1);
  });

  it('[PROV-6] an endless event is a protocol error of the provider', async () => {
    const pieces = ['data: ', ...Array<string>(17).fill('a'.repeat(1024 * 1024))];
    const { terminal, row } = await run({ body: { pieces: [streamOf(...begin, text('One')), ...pieces] } });
    expect(terminal).toMatchObject({ type: 'error', code: 'provider_protocol_error', retryable: true });
    expect(row).toMatchObject({ status: 'failed', cause: 'provider_protocol_error', content: 'One' });
  });

  it('[PROV-4] an answer that cannot be streamed is one content event, without a status event', async () => {
    const refusal = { error: { message: 'Unsupported value', param: 'stream', code: 'unsupported_value' } };
    const {
      events,
      terminal,
      text: said,
    } = await run({
      content: ['One', ' two'],
      unlessWhole: { status: 400, body: JSON.stringify(refusal) },
    });
    expect([said, terminal.type === 'error' ? terminal.message : '']).toEqual(['One two', '']);
    expect(terminal).toMatchObject({ type: 'complete', finishReason: 'stop' });
    expect(events.filter(({ type }) => type === 'content')).toHaveLength(1);
    expect(events.some(({ type }) => type === 'status')).toBe(false);
  });

  it.each<[what: string, given: unknown, expected: object]>([
    [
      'all of it',
      { prompt_tokens: 11, completion_tokens: 7 },
      { promptTokens: 11, completionTokens: 7, estimated: 0 },
    ],
    [
      'the prompt',
      { prompt_tokens: 11, completion_tokens: -7 },
      { promptTokens: 11, completionTokens: 3, estimated: 1 },
    ],
    ['the completion', { prompt_tokens: 'x', completion_tokens: 7.2 }, { completionTokens: 7, estimated: 1 }],
    [
      'what follows from the total',
      { prompt_tokens: 11, total_tokens: 20 },
      { promptTokens: 11, completionTokens: 9, estimated: 0 },
    ],
    [
      'thoughts',
      { prompt_tokens: 11, completion_tokens: 7, completion_tokens_details: { reasoning_tokens: 20 } },
      { completionTokens: 27, reasoningTokens: 20, estimated: 0 },
    ],
    ['zero of something', { prompt_tokens: 0, completion_tokens: 0 }, { completionTokens: 3, estimated: 1 }],
    ['nothing', { prompt_tokens: 1e12, completion_tokens: [] }, { completionTokens: 3, estimated: 1 }],
  ])('[RUN-11] of the usage that cannot be, %s is stored', async (_what, given, expected) => {
    const { row, terminal } = await run(
      body(...begin, text('One two three'), finish('stop'), usage(given), end),
    );
    expect(row).toMatchObject(expected);
    for (const name of ['promptTokens', 'completionTokens', 'reasoningTokens']) {
      expect(Number.isSafeInteger(row?.[name])).toBe(true);
      expect(Number(row?.[name])).toBeGreaterThanOrEqual(name === 'reasoningTokens' ? 0 : 1);
    }
    expect(terminal.usage.totalTokens).toBe(Number(row?.promptTokens) + Number(row?.completionTokens));
  });
});
