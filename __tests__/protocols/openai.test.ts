import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import OpenAI, {
  APIError,
  BadRequestError,
  ConflictError,
  InternalServerError,
  NotFoundError,
  RateLimitError,
} from 'openai';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let openai: OpenAI;
beforeAll(async () => {
  service = await startService({ config: { retry: { attempts: 1 } } });
  openai = new OpenAI({ baseURL: `${service.url}/v1`, apiKey: 'none', maxRetries: 0 });
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

const asking = (content: string) => ({
  model: 'test-deployment',
  messages: [{ role: 'user' as const, content }],
});

describe('chat completions', () => {
  it('[WIRE-4] streams', async () => {
    const stream = await openai.chat.completions.create({ ...asking('Hi'), stream: true });
    const chunks = await collect(stream);
    expect(chunks.map(({ choices }) => choices[0]?.delta.content ?? '').join('')).toBe('Hello there');
    expect(chunks.map(({ choices }) => choices[0]?.finish_reason)).toEqual([
      ...chunks.slice(1).map(() => null),
      'stop',
    ]);
    expect(chunks[0]?.choices[0]?.delta).toEqual({ role: 'assistant', content: '' });
    expect(chunks.some((chunk) => 'usage' in chunk)).toBe(false);
    expect(new Set(chunks.map(({ id, model }) => `${id} ${model}`)).size).toBe(1);
  });

  it('[WIRE-4] sends its usage if requested', async () => {
    const stream = openai.chat.completions.stream({
      ...asking('Hi'),
      stream_options: { include_usage: true },
    });
    expect((await stream.finalChatCompletion()).choices[0]?.message.content).toBe('Hello there');
    expect(await stream.totalUsage()).toMatchObject({ completion_tokens: 2 });
  });

  it('[WIRE-4] answers whole', async () => {
    const { data, response } = await openai.chat.completions
      .create({ ...asking('[[simulate: text="All of it", reasoning="Hm"]]') })
      .withResponse();
    expect(data).toMatchObject({
      object: 'chat.completion',
      model: 'test-deployment',
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          message: { role: 'assistant', content: 'All of it', refusal: null },
        },
      ],
      usage: { total_tokens: expect.any(Number) },
    });
    expect(response.headers.get('x-chat-id')).toEqual(expect.any(String));
  });

  it('[WIRE-4] takes the history from the request, and changes no other chat', async () => {
    await openai.chat.completions.create({
      model: 'test-deployment',
      messages: [
        { role: 'developer', content: 'Be brief.' },
        { role: 'user', content: [{ type: 'text', text: 'One' }] },
        { role: 'assistant', content: 'Two' },
        { role: 'user', content: 'Three' },
      ],
      max_tokens: 7,
      user: 'somebody',
    });
    const { body } = service.simulator.requests.at(-1) ?? {};
    expect(body?.messages.map(({ role, content }) => [role, content])).toEqual([
      ['system', 'Be brief.'],
      ['user', 'One'],
      ['assistant', 'Two'],
      ['user', 'Three'],
    ]);
  });

  it('[WIRE-4] goes on in a chat that the header names', async () => {
    const headers = { 'X-Chat-Id': 'openai-chat' };
    await openai.chat.completions.create(asking('One'), { headers });
    await openai.chat.completions.create(asking('Two'), { headers });
    const { body } = service.simulator.requests.at(-1) ?? {};
    expect(body?.messages.slice(1).map(({ content }) => content)).toEqual(['One', 'Hello there', 'Two']);
  });
});

describe('errors', () => {
  it.each([
    ['rate_limit', RateLimitError, 429, 'rate_limited', null],
    ['context_length_exceeded', BadRequestError, 400, 'context_length_exceeded', null],
    ['prompt_filtered', BadRequestError, 400, 'content_filtered', null],
    ['unauthorized', InternalServerError, 502, 'provider_auth_failed', 'false'],
    ['deployment_not_found', InternalServerError, 502, 'model_not_found', 'false'],
    ['server_error', InternalServerError, 502, 'provider_unavailable', null],
  ] as const)('[WIRE-4] %s before the first token is a status', async (fault, kind, status, code, retry) => {
    for (const stream of [true, false]) {
      const error = await failure(
        openai.chat.completions.create({ ...asking(`[[simulate: ${fault}]]`), stream }),
      );
      expect(error).toBeInstanceOf(kind);
      expect([error.status, error.code]).toEqual([status, code]);
      expect(error.requestID).toMatch(/^[0-9a-f-]{36}$/);
      expect(error.headers?.get('x-should-retry')).toBe(retry);
    }
  });

  it('[WIRE-4] [RUN-3] in the middle is an APIError with the code, never a success', async () => {
    const stream = await openai.chat.completions.create({
      ...asking('[[simulate: close, at=3, tokens=9, delay_ms=5]]'),
      stream: true,
    });
    let text = '';
    const error = await failure(
      (async () => {
        for await (const { choices } of stream) text += choices[0]?.delta.content ?? '';
      })(),
    );
    expect(text).toBe('0 1 2 ');
    expect(error.code).toBe('provider_unavailable');
  });

  it('[WIRE-4] unsupported fields are refused by name', async () => {
    const error = await failure(openai.chat.completions.create({ ...asking('Hi'), n: 2 }));
    expect(error).toBeInstanceOf(BadRequestError);
    expect([error.code, error.type, error.param]).toEqual(['invalid_request', 'invalid_request_error', 'n']);
    const unknown = await failure(
      openai.chat.completions.create({ ...asking('Hi'), model: 'no-such-model' }),
    );
    expect(unknown.message).toContain('test-deployment');
  });

  it('[WIRE-4] [CHAT-7] a busy chat is a conflict that the package does not retry', async () => {
    const insistent = new OpenAI({ baseURL: `${service.url}/v1`, apiKey: 'none', maxRetries: 3 });
    const headers = { 'X-Chat-Id': 'busy' };
    const endless = await openai.chat.completions.create(
      { ...asking('[[simulate: tokens=endless, delay_ms=5]]'), stream: true },
      { headers },
    );
    const error = await failure(insistent.chat.completions.create(asking('Hi'), { headers }));
    expect(error).toBeInstanceOf(ConflictError);
    expect(error.code).toBe('chat_busy');
    const { activeRun } = await (await fetch(`${service.url}/api/chat/busy`)).json();
    await fetch(`${service.url}/api/runs/${activeRun.runId}/stop`, { method: 'POST' });
    const stopped = await failure(collect(endless));
    expect(stopped.code).toBe('stopped');
    const [{ attempts } = { attempts: 0 }] = service.query<{ attempts: number }>(
      "SELECT count(*) AS attempts FROM Run WHERE chatId = 'busy'",
    );
    expect(attempts).toBe(1);
  });

  it('[WIRE-4] [ERR-1] unknown routes and bad JSON have both shapes in one', async () => {
    const unknown = await fetch(`${service.url}/v1/embeddings`, { method: 'POST' });
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      {
        error: {
          code: 'not_found',
          message: 'POST /v1/embeddings does not exist.',
          requestId: expect.any(String),
          type: 'invalid_request_error',
          param: null,
        },
      },
    ]);
    const headers = { 'content-type': 'application/json' };
    const bad = await fetch(`${service.url}/v1/chat/completions`, { method: 'POST', headers, body: '{' });
    expect([bad.status, (await bad.json()).error.type]).toEqual([400, 'invalid_request_error']);
  });
});

describe('models', () => {
  it('[WIRE-4] lists the catalogue', async () => {
    const models = await collect(openai.models.list());
    expect(models).toEqual([
      { id: 'test-deployment', object: 'model', created: expect.any(Number), owned_by: 'azure' },
    ]);
    expect(await openai.models.retrieve('test-deployment')).toEqual(models[0]);
    expect(await failure(openai.models.retrieve('no/such'))).toBeInstanceOf(NotFoundError);
  });
});

it('[WIRE-4] [PROV-8] an answer with redacted text ends as filtered', async () => {
  const { choices } = await openai.chat.completions.create(
    asking('[[simulate: late_violation, text="Something bad", async_filter, to=9]]'),
  );
  expect(choices[0]).toMatchObject({
    finish_reason: 'content_filter',
    message: { content: '█████████ bad' },
  });
});

async function failure(promise: PromiseLike<unknown>): Promise<APIError> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof APIError) return error;
    throw error;
  }
  throw new Error('it should have failed');
}

async function collect<Item>(items: AsyncIterable<Item>): Promise<Item[]> {
  const collected: Item[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}
