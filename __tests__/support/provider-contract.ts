import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Parameters, Prompt } from '../../src/chat/models.ts';
import { ProviderError } from '../../src/errors.ts';
import type { Delivery, Provider } from '../../src/providers/provider.ts';
import type { Completion, Sink } from '../../src/runs/producer.ts';
import { type FakeProvider, type Refusal, type Reply, startFake, USAGE, type Wire } from './fake-provider.ts';

export const KEY = 'sk-secret-0123456789';

export interface Contract {
  wire: Wire;
  /** The provider, pointed at its fake. */
  create(url: string): Provider;
  path: string;
  /** How a key travels; undefined: there is none. */
  credential?: Record<string, string>;
  /** What a request with `PARAMETERS` is. */
  request: Record<string, unknown>;
  /** Refusals that this provider does not tell from others. */
  cannotTell?: readonly Refusal[];
}

const PARAMETERS: Parameters = {
  temperature: 0,
  topP: 0.5,
  maxOutputTokens: 100,
  stop: ['END'],
  reasoningEffort: 'low',
};

const PROMPT: Prompt = {
  messages: [
    { role: 'system', content: 'Be brief.' },
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello' },
    { role: 'user', content: 'Again' },
  ],
  parameters: {},
};

class Notes implements Sink {
  readonly chunks: string[] = [];
  thoughts = '';
  #first: () => void = () => {};
  readonly begun = new Promise<void>((resolve) => {
    this.#first = resolve;
  });

  content(text: string): void {
    this.chunks.push(text);
    this.#first();
  }

  reasoning(text: string): void {
    this.thoughts += text;
  }

  redact(): void {
    throw new Error('Nothing was taken back.');
  }

  status(): void {
    throw new Error('An attempt makes no remarks.');
  }

  emit(): void {
    throw new Error('An attempt emits nothing but text.');
  }

  lives = 0;
  alive(): void {
    this.lives += 1;
  }
}

const CODES: Record<Refusal, [code: string, retryable: boolean]> = {
  auth: ['provider_auth_failed', false],
  rate_limit: ['rate_limited', true],
  context_length: ['context_length_exceeded', false],
  content_filter: ['content_filtered', false],
  model_not_found: ['model_not_found', false],
  bad_request: ['invalid_request', false],
  server_error: ['provider_unavailable', true],
};

/** What every provider does alike, against a fake that speaks its own wire format over HTTP. */
export function describeProvider(name: string, contract: Contract): void {
  describe(`${name} as a provider`, () => {
    let fake: FakeProvider;
    let provider: Provider;
    let notes: Notes;
    beforeAll(async () => {
      fake = await startFake(contract.wire);
      provider = contract.create(fake.url);
    });
    afterAll(() => fake[Symbol.asyncDispose]());
    beforeEach(() => {
      notes = new Notes();
      fake.requests.length = 0;
    });

    const ask = (
      reply: Reply,
      { parameters = {}, delivery }: { parameters?: Parameters; delivery?: Delivery } = {},
      signal = new AbortController().signal,
    ): Promise<Completion> => {
      fake.reply = reply;
      return provider.attempt('its-name', { ...PROMPT, parameters }, delivery)(notes, signal);
    };
    const failure = async (answer: Promise<unknown>): Promise<ProviderError> => {
      const error = await answer.then(
        () => undefined,
        (cause: unknown) => cause,
      );
      if (error instanceof ProviderError) return error;
      throw new Error(`expected a ProviderError, got ${String(error)}`);
    };
    const usage = {
      promptTokens: USAGE.prompt,
      completionTokens: USAGE.completion,
      reasoningTokens: USAGE.reasoning,
    };

    it('[PROV-2] streams text, chunk by chunk, and its own usage', async () => {
      const content = ['One', ' "two"\n', 'data: three', ' \\u00e9 ✓'];
      const completion = await ask({ content });
      expect(notes.chunks).toEqual(content);
      expect(notes.thoughts).toBe('');
      expect(completion).toEqual({ finishReason: 'stop', usage });
    });

    it('[PROV-2] gets requests in its own format, including temperature 0', async () => {
      await ask({ content: ['ok'] }, { parameters: PARAMETERS });
      const [request] = fake.requests;
      expect(request?.path).toBe(contract.path);
      expect(request?.headers).toMatchObject(contract.credential ?? {});
      expect(request?.body).toEqual(contract.request);
    });

    it('[PROV-2] separates reasoning from the answer', async () => {
      await ask({ reasoning: ['Hm', ', well.'], content: ['So', ' be', ' it.'] });
      expect(notes.thoughts).toBe('Hm, well.');
      expect(notes.chunks.join('')).toBe('So be it.');
    });

    it.each([1, 7])('is read when its bytes arrive %i at a time', async (pieces) => {
      await ask({ reasoning: ['🤔'], content: ['für', ' 𝒳 ', '日本'], pieces });
      expect(notes.thoughts).toBe('🤔');
      expect(notes.chunks.join('')).toBe('für 𝒳 日本');
    });

    it.each(['length', 'content_filter'] as const)('[RUN-5] may end as %s', async (finish) => {
      expect(await ask({ content: ['x'], finish })).toMatchObject({ finishReason: finish });
    });

    it.each(Object.keys(CODES) as Refusal[])('[PROV-6] refuses for a reason: %s', async (refuse) => {
      const error = await failure(ask({ refuse }));
      const told = contract.cannotTell?.includes(refuse) ? CODES.bad_request : CODES[refuse];
      expect([error.code, error.retryable]).toEqual(told);
      if (refuse === 'rate_limit') expect(error.retryAfterMs).toBe(2000);
      expect(error.providerMessage).toBeTruthy();
      if (contract.credential) expect(error.providerMessage).toContain('[redacted]');
      expect(error.providerMessage).not.toContain(KEY);
    });

    it.each<[what: string, status: number, body: unknown, code: string, words: string]>([
      ['a sentence', 400, { message: 'maximum context length is 10' }, 'context_length_exceeded', 'is 10'],
      [
        'its details',
        422,
        { detail: [{ loc: ['body', 'n'], msg: 'too big' }] },
        'invalid_request',
        'body.n: too',
      ],
      ['one detail', 400, { detail: 'The prompt is too long.' }, 'context_length_exceeded', 'is too long'],
      ['a text as error', 404, { error: 'no such model' }, 'model_not_found', 'no such model'],
      ['a list', 400, [{ error: { message: 'Not so.' } }], 'invalid_request', 'Not so.'],
      [
        'a problem',
        400,
        { title: 'Bad', detail: 'temperature', status: 400 },
        'invalid_request',
        'Bad: temp',
      ],
      [
        'a gateway',
        401,
        { statusCode: 401, message: 'Bad subscription.' },
        'provider_auth_failed',
        'Bad sub',
      ],
      ['errors', 429, { errors: [{ message: 'Slower.' }] }, 'rate_limited', 'Slower.'],
      ['nothing known', 400, { odd: { thing: 'XYZ' } }, 'invalid_request', 'XYZ'],
      [
        'plain text',
        400,
        'Context size exceeded: context window is full',
        'context_length_exceeded',
        'is full',
      ],
      ['a page', 403, '<html>Not in your country</html>', 'provider_auth_failed', 'your country'],
      ['nothing', 400, '', 'invalid_request', '400 (no body)'],
    ])('[PROV-6] keeps the words of a refusal that is %s', async (_what, status, body, code, words) => {
      const text = typeof body === 'string' ? body : JSON.stringify(body);
      const error = await failure(ask({ raw: { status, body: text } }));
      expect(error.code).toBe(code);
      expect(error.providerMessage).toContain(words);
    });

    it('[RUN-9] counts any data as activity, not only text', async () => {
      const headers = { 'content-type': 'text/event-stream' };
      const body = ': working on it\n\n';
      await failure(ask({ raw: { status: 200, headers, body } }));
      expect(notes.lives).toBeGreaterThan(0);
      expect(notes.chunks).toEqual([]);
    });

    it('[RUN-3] is unavailable when it switches protocols instead of answering', async () => {
      const error = await failure(ask({ raw: { status: 101, body: '' } }));
      expect([error.code, error.retryable]).toEqual(['provider_unavailable', true]);
      expect(error.providerMessage).toContain('101');
    });

    it('[PROV-6] is read when a proxy compresses it', async () => {
      const { before, end } = contract.wire.stream({ content: ['One', ' two'] });
      for (const [coding, pack] of [
        ['gzip', gzipSync],
        ['br', brotliCompressSync],
      ] as const) {
        const headers = { 'content-encoding': coding, 'content-type': 'text/event-stream' };
        await ask({ raw: { status: 200, headers, body: pack(before + end) } });
        const body = pack(JSON.stringify({ error: { message: 'maximum context length is 10' } }));
        expect((await failure(ask({ raw: { status: 400, headers, body } }))).code).toBe(
          'context_length_exceeded',
        );
      }
      expect(notes.chunks.join('')).toBe('One twoOne two');
      expect(fake.requests[0]?.headers['accept-encoding']).toBe('identity');
    });

    it('[PROV-6] survives an endlessly nested error', async () => {
      const body = `${'{"error":'.repeat(5_000)}1${'}'.repeat(5_000)}`;
      expect((await failure(ask({ raw: { status: 400, body } }))).code).toBe('invalid_request');
    });

    it.each([
      ['0', '0'],
      ['', '0'],
      ['-5', '-1'],
      ['soon', 'in a while'],
      ['1e99', 'Infinity'],
      [' ', 'Thu, 01 Jan 1970 00:00:00 GMT'],
    ])('[PROV-5] is not asked to wait by %j and %j', async (milliseconds, seconds) => {
      const headers = { 'retry-after-ms': milliseconds, 'retry-after': seconds };
      const error = await failure(ask({ raw: { status: 429, headers, body: '' } }));
      expect([error.code, error.retryable, error.retryAfterMs]).toEqual(['rate_limited', true, undefined]);
    });

    it.each([
      [{ 'retry-after-ms': '', 'retry-after': '1' }, 1_000],
      [{ 'retry-after-ms': '0', 'retry-after': '2' }, 2_000],
      [{ 'retry-after-ms': '250', 'retry-after': '7' }, 250],
      [{ 'retry-after': '0.5' }, 500],
    ])('[PROV-5] waits as long as %j says', async (headers, wait) => {
      const error = await failure(ask({ raw: { status: 503, headers, body: '' } }));
      expect(error.retryAfterMs).toBe(wait);
    });

    it('[PROV-5] is not retried when it says so, or when the account has no credits', async () => {
      const headers = { 'x-should-retry': 'false' };
      expect(await failure(ask({ raw: { status: 429, headers, body: '' } }))).toMatchObject({
        code: 'rate_limited',
        retryable: false,
      });
      const body = JSON.stringify({ error: { message: 'Pay.', code: 'insufficient_quota' } });
      expect(await failure(ask({ raw: { status: 429, body } }))).toMatchObject({
        code: 'rate_limited',
        retryable: false,
      });
    });

    it('[PROV-6] can fail during an answer, with its own error', async () => {
      const error = await failure(ask({ content: ['One', ' two'], after: 'error' }));
      expect(error.code).toBe('rate_limited');
      expect(notes.chunks).toEqual(['One', ' two']);
    });

    it.each([
      ['break', 'provider_unavailable'],
      ['end', 'provider_protocol_error'],
    ] as const)(
      '[RUN-3] has not succeeded when its stream is cut in the middle (%s)',
      async (after, code) => {
        expect((await failure(ask({ content: ['One'], after }))).code).toBe(code);
        expect(notes.chunks).toEqual(['One']);
      },
    );

    it('[RUN-4] is aborted at once when the run is stopped', async () => {
      const controller = new AbortController();
      const answer = failure(ask({ content: ['One'], after: 'silence' }, {}, controller.signal));
      await notes.begun;
      controller.abort();
      expect(await fake.requests[0]?.left).toBe(true);
      await answer;
    });

    it('[PROV-6] is unavailable when no server listens', async () => {
      const gone = await startFake(contract.wire);
      const nobody = contract.create(gone.url);
      await gone[Symbol.asyncDispose]();
      const error = await failure(nobody.attempt('m', PROMPT)(notes, new AbortController().signal));
      expect([error.code, error.retryable]).toEqual(['provider_unavailable', true]);
    });

    it('[PROV-4] answers as a whole when it may not stream', async () => {
      const completion = await ask({ reasoning: ['Hm.'], content: ['One', ' two'] }, { delivery: 'whole' });
      expect(fake.requests[0]?.body).not.toHaveProperty('stream');
      expect(notes.thoughts).toBe('Hm.');
      expect(notes.chunks).toEqual(['One two']);
      expect(completion).toEqual({ finishReason: 'stop', usage });
    });
  });
}
