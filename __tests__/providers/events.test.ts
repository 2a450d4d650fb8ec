import { attempt, PROVIDERS, streamOf } from '../support/answer-parts.ts';
import { type FakeProvider, type Reply, startFake } from '../support/fake-provider.ts';

describe.each(PROVIDERS)('the events of an answer of %s', (name, { format, wire, create }) => {
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
  const { begin, text, finish, usage, end } = format;

  describe('that has begun', () => {
    const ODD = [null, '', 'odd', 0, -1, 1.5, true, false, [], [null], [[]], {}, { odd: null }, [{ odd: 1 }]];

    it('[RUN-3] does not end with an unknown event', async () => {
      const unknown = [
        ...ODD,
        { type: 'ping' },
        { type: 'something_new', message: 'hello', code: 'x' },
        { object: 'something.new', choices: null },
      ].map((event) => JSON.stringify(event));
      const { told, completion } = await ask({
        body: {
          pieces: [
            streamOf(...begin, text('One')),
            ...unknown.map((event) => streamOf(event)),
            'event: ping\ndata: keep-alive\n\n',
            'event: ping\ndata: {"type": "ping"}\n\n',
            'event: new\ndata\n\ndata:\n\ndata: \n\n: comment\n\nid: 7\n\nretry: 10\n\n',
            'event: error\ndata: {}\n\n',
            streamOf(text(' two'), finish('stop'), end),
          ],
        },
      });
      expect(told.text).toBe('One two');
      expect(completion?.finishReason).toBe('stop');
    });

    /** One of its events with one known field, at any depth, replaced. */
    const variants = (event: object): object[] =>
      Object.entries(event).flatMap(([key, value]) => [
        // What says that an event is an error, or the end, is not odd.
        ...(key === 'type' ? [] : ODD.map((odd) => ({ ...event, [key]: odd }))),
        ...(typeof value === 'object' && value !== null
          ? variants(value).map((inner) => ({
              ...event,
              [key]: Array.isArray(value) ? Object.values(inner) : inner,
            }))
          : []),
      ]);

    it('[RUN-3] does not end with a known field that is null, empty or of another type', async () => {
      const full = isMessages
        ? [
            { type: 'message_start', message: { usage: { input_tokens: 1, output_tokens_details: {} } } },
            { type: 'content_block_start', content_block: { type: 'text', text: '' } },
            { type: 'content_block_delta', delta: { type: 'signature_delta', text: '', thinking: '' } },
            { type: 'message_delta', delta: { stop_reason: null }, usage: { output_tokens: 1 } },
          ]
        : [
            {
              error: null,
              choices: [
                {
                  error: null,
                  delta: {
                    content: '',
                    reasoning: '',
                    reasoning_content: '',
                    refusal: '',
                    tool_calls: [],
                    extra_content: {},
                  },
                  finish_reason: null,
                  content_filter_results: {},
                  content_filter_offsets: null,
                },
              ],
              usage: { prompt_tokens: 1, completion_tokens_details: { reasoning_tokens: 1 } },
            },
          ];
      // A text under a name that holds texts is one; an error that is a text is one.
      const isOdd = (event: object) => !JSON.stringify(event).includes('"odd"');
      for (const event of full.flatMap(variants).filter(isOdd)) {
        const { told, completion, error } = await events(
          ...begin,
          text('One'),
          event,
          text(' two'),
          finish('length'),
          end,
        );
        expect([event, error, told.text, completion?.finishReason]).toEqual([
          event,
          undefined,
          'One two',
          'length',
        ]);
      }
    });

    it.each<[what: string, data: string, code: string, words: string]>([
      ['an error object', '{"error":{"message":"Slow","code":"429"}}', 'rate_limited', 'Slow'],
      ['an error without a name', '{"message":"Slow","code":429}', 'rate_limited', 'Slow'],
      ['a text', '{"error":"It broke"}', 'provider_unavailable', 'It broke'],
      ['a flag', '{"error":true,"message":"It broke"}', 'provider_unavailable', 'It broke'],
      ['a bad request', '{"error":{"type":"invalid_request_error","message":"No"}}', 'invalid_request', 'No'],
      ['malformed JSON', '{"choices":[{"delta":', 'provider_protocol_error', 'choices'],
    ])('[PROV-6] ends with %s', async (_what, data, code, words) => {
      const { told, error } = await events(...begin, text('One'), data, text(' two'));
      expect(told.text).toBe('One');
      expect(error).toMatchObject({ code, providerMessage: expect.stringContaining(words) });
    });

    it('[PROV-6] ends with an event that is named error, whatever its data', async () => {
      for (const data of [
        '{"message":"It broke"}',
        'It broke',
        '{"error":{"message":"It broke"}}',
        '{"detail":"It broke"}',
      ]) {
        const { error } = await ask({
          body: { pieces: [streamOf(...begin, text('One')), `event: error\ndata: ${data}\n\n`] },
        });
        expect(error).toMatchObject({
          code: 'provider_unavailable',
          providerMessage: expect.stringContaining('It broke'),
        });
      }
    });

    it.each<[what: string, event: (depth: number) => string]>([
      ['error', (depth) => `{"error":${'{"error":'.repeat(depth)}1${'}'.repeat(depth)}}`],
      ['list of errors', (depth) => `{"error":${'['.repeat(depth)}1${']'.repeat(depth)}}`],
      ['part', (depth) => JSON.stringify(text('@')).replace('"@"', '['.repeat(depth) + ']'.repeat(depth))],
      ['event', (depth) => '['.repeat(depth) + ']'.repeat(depth)],
    ])('[PROV-6] is never an error of the server: a deep %s', async (_what, event) => {
      const { error } = await events(...begin, text('One'), event(50_000), finish('stop'), end);
      expect([undefined, 'provider_protocol_error', 'provider_unavailable']).toContain(
        error && (error as { code: string }).code,
      );
    });

    it('[LIMIT-2] may hold a long event, and ends with one that is too long or has too much in it', async () => {
      const picture = { picture: 'A'.repeat(8 * 1024 * 1024) };
      const long = await events(
        ...begin,
        text('One'),
        { type: 'new', ...picture },
        text(' two'),
        finish('stop'),
        end,
      );
      expect([long.error, long.told.text]).toEqual([undefined, 'One two']);
      const tooLong = { type: 'new', ...picture, more: picture.picture };
      const dense = `{"type":"new","values":[${'{},'.repeat(1_000_000)}0]}`;
      for (const event of [tooLong, dense]) {
        const { error, told } = await events(...begin, text('One'), event, text(' two'), finish('stop'), end);
        expect(told.text).toBe('One');
        expect(error).toMatchObject({ code: 'provider_protocol_error', message: expect.any(String) });
      }
    });
  });

  it.each([
    ['CR', '\r'],
    ['LF', '\n'],
    ['CRLF', '\r\n'],
  ])(
    '[PROV-2] is read with %s, a byte order mark, names, ids, comments, and without its last empty line',
    async (_what, lineEnd) => {
      const parts = [...begin, text('für'), text(' 𝒳'), text(' "x"\n'), finish('length')].map(
        (event, index) =>
          `${index % 2 ? 'data' : ': comment\nevent:message\nid\nretry: 5\ndata'}:${index % 3 ? ' ' : ''}${JSON.stringify(event)}\n\n`,
      );
      // JSON may be in lines, and data too.
      const lines = JSON.stringify(text(' end'), null, 1)
        .split('\n')
        .map((line) => `data: ${line}\n`);
      const stream = `\ufeff${parts.slice(0, -1).join('')}${lines.join('')}\n${parts.at(-1)}data:${end}`;
      const bytes = Buffer.from(stream.replaceAll('\n', lineEnd));
      const pieces = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, at) =>
        bytes.subarray(at * 7, at * 7 + 7),
      );
      for (const body of [{ pieces }, { pieces: [bytes] }]) {
        const { told, completion, error } = await ask({ body });
        expect([error, told.text, completion?.finishReason]).toEqual([
          undefined,
          'für 𝒳 "x"\n end',
          'length',
        ]);
      }
    },
  );

  describe('has usage', () => {
    const using = async (...figures: unknown[]) => {
      const { completion, error } = await events(
        ...begin,
        text('x'),
        finish('stop'),
        ...figures.map(usage),
        end,
      );
      expect(error).toBeUndefined();
      return completion?.usage ?? null;
    };
    const names = isMessages
      ? { prompt: 'input_tokens', completion: 'output_tokens' }
      : { prompt: 'prompt_tokens', completion: 'completion_tokens' };
    const figures = (prompt: unknown, completion: unknown) => ({
      [names.prompt]: prompt,
      [names.completion]: completion,
    });

    it.each<[prompt: unknown, completion: unknown, expected: [number | null, number | null] | null]>([
      [10, 5, [10, 5]],
      ['10', '5', [10, 5]],
      [10.4, 4.6, [10, 5]],
      [10, null, [10, null]],
      [undefined, 5, [null, 5]],
      [-1, 5, [null, 5]],
      [10, -5, [10, null]],
      [10, 0, [10, null]],
      [0, 5, [null, 5]],
      [10, 'many', [10, null]],
      [{}, [5], null],
      [1e300, 5, [null, 5]],
      [null, null, null],
    ])('[RUN-11] of which what can be is kept: %j and %j', async (prompt, completion, expected) => {
      const given = await using(figures(prompt, completion));
      expect(given && [given.promptTokens, given.completionTokens]).toEqual(expected);
    });

    it('[RUN-11] that a later event without it does not remove', async () => {
      expect(
        await using(figures(10, 5), {}, null, 'odd', figures(undefined, 7), figures(0, -1)),
      ).toMatchObject({
        promptTokens: 10,
        completionTokens: 7,
      });
    });

    it('[RUN-11] that includes reasoning', async () => {
      const details = isMessages
        ? { output_tokens_details: { thinking_tokens: 50 } }
        : { completion_tokens_details: { reasoning_tokens: 50 } };
      const given = await using({ ...figures(10, 5), ...details });
      expect(given).toEqual({ promptTokens: 10, completionTokens: 55, reasoningTokens: 50 });
      expect(await using({ ...figures(10, 60), ...details })).toMatchObject({
        completionTokens: 60,
        reasoningTokens: 50,
      });
    });
  });
});
