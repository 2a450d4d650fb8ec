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

export const PARAMETERS: Parameters = {
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

    it('[PROV-2] is asked where and how it wants to be asked, temperature 0 included', async () => {
      await ask({ content: ['ok'] }, { parameters: PARAMETERS });
      const [request] = fake.requests;
      expect(request?.path).toBe(contract.path);
      expect(request?.headers).toMatchObject(contract.credential ?? {});
      expect(request?.body).toEqual(contract.request);
    });

    it('[PROV-2] keeps what the model thinks apart from what it says', async () => {
      await ask({ reasoning: ['Hm', ', well.'], content: ['So', ' be', ' it.'] });
      expect(notes.thoughts).toBe('Hm, well.');
      expect(notes.chunks.join('')).toBe('So be it.');
    });

    it.each([1, 7])('is understood when its bytes come %i at a time', async (pieces) => {
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

    it('[PROV-6] can fail in the middle, with an error of its own', async () => {
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

    it('[RUN-4] is let go of at once when nobody wants the answer any more', async () => {
      const controller = new AbortController();
      const answer = failure(ask({ content: ['One'], after: 'silence' }, {}, controller.signal));
      await notes.begun;
      controller.abort();
      expect(await fake.requests[0]?.left).toBe(true);
      await answer;
    });

    it('[PROV-6] is unavailable when nobody is there', async () => {
      const gone = await startFake(contract.wire);
      const nobody = contract.create(gone.url);
      await gone[Symbol.asyncDispose]();
      const error = await failure(nobody.attempt('m', PROMPT)(notes, new AbortController().signal));
      expect([error.code, error.retryable]).toEqual(['provider_unavailable', true]);
    });

    it('[PROV-4] answers in one piece when it is not to stream', async () => {
      const completion = await ask({ reasoning: ['Hm.'], content: ['One', ' two'] }, { delivery: 'whole' });
      expect(fake.requests[0]?.body).not.toHaveProperty('stream');
      expect(notes.thoughts).toBe('Hm.');
      expect(notes.chunks).toEqual(['One two']);
      expect(completion).toEqual({ finishReason: 'stop', usage });
    });
  });
}
