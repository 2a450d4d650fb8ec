import { attempt, PROVIDERS, streamOf } from '../support/answer-parts.ts';
import { type FakeProvider, type Reply, startFake } from '../support/fake-provider.ts';

describe.each(PROVIDERS)('an answer of %s', (name, { format, wire, create }) => {
  let fake: FakeProvider;
  beforeAll(async () => {
    fake = await startFake(wire);
  });
  afterAll(() => fake[Symbol.asyncDispose]());
  beforeEach(() => {
    fake.requests.length = 0;
  });

  const isMessages = name === 'anthropic';
  const ask = (reply: Reply) => attempt(create(fake.url), fake, reply);
  const events = (...data: Array<object | string>) => ask({ body: { pieces: [streamOf(...data)] } });
  const { begin, text, finish, end } = format;

  it.each([
    ['stop', 'stop'],
    ['STOP', 'stop'],
    ['end_turn', 'stop'],
    ['eos', 'stop'],
    ['COMPLETE', 'stop'],
    ['tool_calls', 'stop'],
    ['FINISH_REASON_STOP', 'stop'],
    ['something_new', 'stop'],
    ['end_of_text', 'stop'],
    [17, 'stop'],
    [true, 'stop'],
    ['length', 'length'],
    ['MAX_TOKENS', 'length'],
    ['max-output-tokens', 'length'],
    ['model_length', 'length'],
    ['model_context_window_exceeded', 'length'],
    ['content_filter', 'content_filter'],
    ['SAFETY', 'content_filter'],
    ['RECITATION', 'content_filter'],
    ['PROHIBITED_CONTENT', 'content_filter'],
    ['Refusal', 'content_filter'],
    ['guardrail_intervened', 'content_filter'],
    ['unsafe_content', 'content_filter'],
    ['finish_reason_max_tokens', 'length'],
  ])('[RUN-5] that ends as %j is complete, with the reason %s', async (reason, finishReason) => {
    const { told, completion } = await events(...begin, text('Well'), finish(reason), end);
    expect(told.text).toBe('Well');
    expect(completion?.finishReason).toBe(finishReason);
  });

  it.each([
    'error',
    'ERROR',
    'insufficient_system_resource',
    'network_error',
    'rate_limit_exceeded',
    'MALFORMED_FUNCTION_CALL',
    'abort',
  ])('[RUN-3] that ends as %j has failed', async (reason) => {
    const { told, error } = await events(...begin, text('Well'), finish(reason), end);
    expect(told.text).toBe('Well');
    expect(error).toMatchObject({
      code: 'provider_unavailable',
      providerMessage: expect.stringContaining(reason),
    });
  });

  it('[RUN-3] fails without text and with an unknown finish reason', async () => {
    const { error } = await events(...begin, finish('OTHER'), end);
    expect(error).toMatchObject({
      code: 'provider_protocol_error',
      providerMessage: expect.stringContaining('OTHER'),
    });
    const { completion } = await events(...begin, finish('SAFETY'), end);
    expect(completion?.finishReason).toBe('content_filter');
  });

  it.each(['', 'null', null, 0, {}, [], 'FINISH_REASON_UNSPECIFIED'])(
    '[RUN-3] has not ended with the reason %j',
    async (reason) => {
      const { error } = await events(...begin, text('Well'), finish(reason));
      expect(error).toMatchObject({ code: 'provider_protocol_error' });
      const { told, completion } = await events(
        ...begin,
        finish(reason),
        text('Well'),
        finish('length'),
        end,
      );
      expect([told.text, completion?.finishReason]).toEqual(['Well', 'length']);
    },
  );

  describe('that is no stream', () => {
    const whole = (body: string, type = 'application/json') => ask({ body: { type, pieces: [body] } });

    it.each<[what: string, body: unknown, code: string, retryable: boolean, words: string]>([
      [
        'a rate limit',
        { error: { message: 'Slow down, please.', code: 429 } },
        'rate_limited',
        true,
        'Slow down',
      ],
      [
        'a bill',
        { error: { message: 'No credits.', code: 402 } },
        'provider_auth_failed',
        false,
        'No credits.',
      ],
      ['an outage', { error: { message: 'Down.', code: '503' } }, 'provider_unavailable', true, 'Down.'],
      ['a name', { error: 'rate_limit_exceeded' }, 'rate_limited', true, 'rate_limit_exceeded'],
      [
        'a bad request',
        { type: 'error', error: { type: 'invalid_request_error', message: 'No such thing.' } },
        'invalid_request',
        false,
        'No such thing.',
      ],
      ['a list', [{ error: { code: 404, message: 'Not found.' } }], 'model_not_found', false, 'Not found.'],
      [
        'vLLM',
        { object: 'error', message: 'Too big.', type: 'BadRequestError', code: 400 },
        'invalid_request',
        false,
        'Too big.',
      ],
      ['a message', { message: 'Try later.', code: 429 }, 'rate_limited', true, 'Try later.'],
      ['only a message', { message: 'Something broke.' }, 'provider_unavailable', true, 'Something broke.'],
      ['a detail', { detail: 'Not now.' }, 'provider_unavailable', true, 'Not now.'],
      ['errors', { errors: [{ message: 'Odd.', status: 429 }] }, 'rate_limited', true, 'Odd.'],
      [
        'MiniMax',
        { base_resp: { status_code: 1004, status_msg: 'not you' } },
        'provider_unavailable',
        true,
        'not you',
      ],
      ['a text', 'no', 'provider_protocol_error', true, 'no'],
      ['nothing known', { hello: 'world' }, 'provider_protocol_error', true, 'world'],
    ])('[PROV-6] but %s has its code and its words', async (_what, body, code, retryable, words) => {
      for (const type of ['application/json', 'text/event-stream', 'text/plain']) {
        const { error } = await whole(JSON.stringify(body), type);
        expect(error).toMatchObject({ code, retryable, providerMessage: expect.stringContaining(words) });
      }
    });

    it.each([
      [
        'a page',
        '<!doctype html><html><head><style>a{}</style></head><body><h1>Sign in</h1></body>',
        'Sign in',
      ],
      ['plain text', 'upstream connect error', 'upstream connect error'],
      ['half of JSON', '{"error":{"message":"Slow do', 'Slow do'],
      ['a byte order mark and a page', '\ufeff\n<html>Blocked</html>', 'Blocked'],
      ['nothing', '', 'empty'],
      ['white space', '\n\n \n', 'empty'],
    ])('[PROV-6] but %s shows how it begins', async (_what, body, words) => {
      const { error } = await whole(body, 'text/html');
      expect(error).toMatchObject({
        code: 'provider_protocol_error',
        providerMessage: expect.stringContaining(words),
      });
    });

    it('[LIMIT-2] but the connection of an endless page is closed after its beginning', async () => {
      const page = `<html><h1>Blocked</h1>${'<p>by the proxy</p>'.repeat(1_000)}`;
      const { error } = await ask({ body: { type: 'text/html', pieces: [page], open: true } });
      expect(error).toMatchObject({
        code: 'provider_protocol_error',
        providerMessage: expect.stringContaining('Blocked by the proxy'),
      });
      expect(await fake.requests.at(-1)?.left).toBe(true);
    });

    it('[PROV-4] but a whole answer is accepted, as one chunk', async () => {
      const content = isMessages
        ? [
            { type: 'text', text: 'All of' },
            { type: 'text', text: ' it.' },
          ]
        : 'All of it.';
      for (const type of ['application/json', 'text/event-stream']) {
        const { told, completion } = await whole(
          `\ufeff ${JSON.stringify(format.whole(content, 'length'))}`,
          type,
        );
        expect(told.chunks).toEqual(['All of it.']);
        expect(completion?.finishReason).toBe('length');
      }
    });
  });

  it('[RUN-3] has succeeded when its upstream closes within the data after the end', async () => {
    const answer = streamOf(...begin, text('Hi'), finish('stop'));
    for (const rest of [
      'data: {"usage":{"prompt_tok',
      'data: [DO',
      'event: message_stop\ndata: {"ty',
      'da',
    ]) {
      const { told, completion } = await ask({ body: { pieces: [answer, rest] } });
      expect([told.text, completion?.finishReason]).toEqual(['Hi', 'stop']);
    }
    // What came whole counts, with or without its empty line.
    const failed = await ask({ body: { pieces: [answer, 'data: {"error":{"message":"Late."}}'] } });
    expect(failed.error).toMatchObject({ providerMessage: expect.stringContaining('Late.') });
    const garbage = await ask({ body: { pieces: [answer, 'data: {oops\n\n'] } });
    expect(garbage.error).toMatchObject({ code: 'provider_protocol_error' });
    const early = await ask({ body: { pieces: [streamOf(...begin, text('Hi')), 'data: {"us'] } });
    expect(early.error).toMatchObject({ code: 'provider_protocol_error' });
  });

  it('[PROV-1] [LIMIT-2] closes the connection when the provider does not end the response', async () => {
    for (let count = 0; count < 3; count += 1) {
      const { completion } = await ask({
        body: { pieces: [streamOf(...begin, text('x'), finish('stop'), end)], open: true },
      });
      expect(completion?.finishReason).toBe('stop');
    }
    expect(await Promise.all(fake.requests.map(({ left }) => left))).toEqual([true, true, true]);
  });

  it.each<[what: string, body: object]>([
    [
      'OpenAI',
      {
        error: {
          message: 'Unsupported value.',
          param: 'stream',
          code: 'unsupported_value',
        },
      },
    ],
    [
      'verification',
      {
        error: {
          message: 'Your organization must be verified to stream this model.',
          param: 'stream',
          code: 'unsupported_value',
        },
      },
    ],
    ['a gateway', { error: { message: 'Unsupported parameter: stream', code: null } }],
    ['a message', { message: 'Streaming is not supported for this model.' }],
    [
      'FastAPI',
      {
        detail: [{ loc: ['body', 'stream'], msg: 'Extra inputs are not permitted', type: 'extra_forbidden' }],
      },
    ],
  ])('[PROV-4] comes in one piece when streaming is refused: %s', async (_what, body) => {
    const { told, completion } = await ask({
      content: ['One', ' two'],
      unlessWhole: { status: 400, body: JSON.stringify(body) },
    });
    expect(told.chunks).toEqual(['One two']);
    expect(completion?.finishReason).toBe('stop');
    expect(fake.requests.map((request) => request.body.stream)).toEqual([true, undefined]);
    expect(fake.requests[1]?.body).not.toHaveProperty('stream_options');
  });

  it.each<[what: string, status: number, body: object]>([
    ['another parameter', 400, { error: { message: 'Unsupported parameter', param: 'temperature' } }],
    ['a word that only begins like it', 400, { error: { message: 'Unrecognized argument: stream_options' } }],
    ['a broken stream', 500, { error: { message: 'The stream is not available' } }],
  ])('[PROV-4] is not asked for again because of %s', async (_what, status, body) => {
    const { error } = await ask({ unlessWhole: { status, body: JSON.stringify(body) } });
    expect(error).toMatchObject({ name: 'ProviderError' });
    expect(fake.requests).toHaveLength(1);
  });
});
