import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import OpenAI, { APIError, AzureOpenAI, RateLimitError } from 'openai';
import type { Behaviour } from '../../src/simulator/behaviour.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { fillerToken } from '../../src/simulator/tokens.ts';

let simulator: Simulator;
let client: AzureOpenAI;

beforeAll(async () => {
  simulator = await startSimulator();
  client = azure();
});
afterEach(() => simulator.setBehaviour({ delayMs: 0 }));
afterAll(() => simulator[Symbol.asyncDispose]());
beforeEach(() => simulator.setBehaviour({ delayMs: 0 }));

function azure(apiKey = 'any'): AzureOpenAI {
  const options = { apiVersion: '2024-10-21', deployment: 'chat', maxRetries: 0, logLevel: 'off' as const };
  return new AzureOpenAI({ ...options, apiKey, endpoint: simulator.url });
}

const messages = (content: string) => [{ role: 'user' as const, content }];

/** Streams an answer through the real client; what came before a failure is kept. */
async function stream(content: string, parameters: object = {}) {
  let text = '';
  const finishReasons: string[] = [];
  try {
    const chunks = await client.chat.completions.create({
      model: 'chat',
      messages: messages(content),
      stream: true,
      ...parameters,
    });
    for await (const { choices } of chunks) {
      text += choices[0]?.delta?.content ?? '';
      const reason = choices[0]?.finish_reason;
      if (reason) finishReasons.push(reason);
    }
    return { text, finishReasons, error: null };
  } catch (error) {
    return { text, finishReasons, error };
  }
}

/** The error of a refused request. */
async function refusal(content: string): Promise<APIError> {
  const { error } = await stream(content);
  if (error instanceof APIError) return error;
  throw new Error(`Not refused: ${String(error)}`);
}

function post(
  body: object,
  init: { path?: string; signal?: AbortSignal; headers?: Record<string, string> } = {},
) {
  const { path = '/openai/v1/chat/completions', signal = null, headers = { 'api-key': 'any' } } = init;
  return fetch(simulator.url + path, { method: 'POST', headers, body: JSON.stringify(body), signal });
}

/** The events of a raw stream; each must be JSON or `[DONE]`. */
async function events(content: string, parameters: object = {}) {
  const response = await post({ model: 'chat', messages: messages(content), stream: true, ...parameters });
  const source = await response.text();
  const data = source
    .split('\n\n')
    .slice(0, -1)
    .map((event) => event.replace(/^data: /, ''));
  return { source, data, chunks: data.filter((item) => item !== '[DONE]').map((item) => JSON.parse(item)) };
}

/** A raw response whose pieces can be looked at one by one. */
async function rawResponse(content: string, parameters: object = {}): Promise<IncomingMessage> {
  const outgoing = httpRequest(`${simulator.url}/openai/v1/chat/completions`, {
    method: 'POST',
    headers: { 'api-key': 'any' },
  });
  outgoing.on('error', () => {});
  outgoing.end(JSON.stringify({ model: 'chat', messages: messages(content), stream: true, ...parameters }));
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  return response;
}

/** The body as it came off the wire, not joined by any buffer. */
async function piecesOf(response: IncomingMessage): Promise<Buffer[]> {
  const pieces: Buffer[] = [];
  response.on('data', (piece: Buffer) => pieces.push(piece));
  await once(response, 'end');
  return pieces;
}

describe('[PROV-9] the simulator answers as Azure OpenAI does', () => {
  it('[PROV-9] says that it is a simulator, echoes the question, and streams Markdown', async () => {
    const { text, finishReasons } = await stream('Why is the sky blue?');
    expect(text).toMatch(/^This answer comes from the built-in simulator/);
    expect(text).toContain('> Why is the sky blue?');
    expect(text).toMatch(/^- \*\*/m);
    expect(text).toMatch(/^```sh\n[^`]+^```$/m);
    expect(finishReasons).toEqual(['stop']);
  });

  it('[PROV-9] answers at a realistic pace by default', async () => {
    simulator.setBehaviour({});
    const started = performance.now();
    await stream('hello', { max_tokens: 11 });
    expect(performance.now() - started).toBeGreaterThan(300 + 10 * 25 - 20);
  });

  it('[PROV-9] sends the same chunks in the same order', async () => {
    const { chunks, data } = await events('[[simulate: chunks=["Grüße ", "🌍"]]]', {
      stream_options: { include_usage: true },
    });
    const [prompt, role, first, second, finish, usage] = chunks;
    expect(chunks).toHaveLength(6);
    expect(data.at(-1)).toBe('[DONE]');
    expect(prompt).toMatchObject({
      choices: [],
      id: '',
      model: '',
      created: 0,
      prompt_filter_results: [{ prompt_index: 0 }],
    });
    expect(role.choices[0].delta).toEqual({ content: '', refusal: null, role: 'assistant' });
    expect(first.choices[0]).toMatchObject({
      content_filter_results: { hate: { filtered: false, severity: 'safe' } },
      delta: { content: 'Grüße ' },
      finish_reason: null,
    });
    expect(second.choices[0].delta).toEqual({ content: '🌍' });
    expect(finish.choices[0]).toMatchObject({ delta: {}, finish_reason: 'stop' });
    expect(first).toMatchObject({
      object: 'chat.completion.chunk',
      id: role.id,
      created: role.created,
      usage: null,
    });
    expect(first.id).toMatch(/^chatcmpl-/);
    expect(usage).toMatchObject({ choices: [], usage: { completion_tokens: 2 } });
    expect(usage.usage.total_tokens).toBe(usage.usage.prompt_tokens + 2);
  });

  it('[PROV-9] sends no usage unless it is asked to', async () => {
    const { source } = await events('[[simulate: tokens=2]]');
    expect(source).not.toContain('usage');
  });

  it('[PROV-9] answers in one piece too, with usage', async () => {
    const answer = await client.chat.completions.create({
      model: 'chat',
      messages: messages('[[simulate: tokens=3]]'),
    });
    expect(answer.choices[0]?.message.content).toBe('0 1 2 ');
    expect(answer.choices[0]?.finish_reason).toBe('stop');
    expect(answer.usage?.completion_tokens).toBe(3);
  });

  it('[PROV-9] serves the v1 path to the plain client with a bearer token', async () => {
    const plain = new OpenAI({ baseURL: `${simulator.url}/openai/v1`, apiKey: 'any', maxRetries: 0 });
    const answer = await plain.chat.completions.create({
      model: 'mine',
      messages: messages('[[simulate: text=hi]]'),
    });
    expect(answer.choices[0]?.message.content).toBe('hi');
    expect(simulator.requests.at(-1)).toMatchObject({ deployment: 'mine', apiVersion: null });
  });

  it.each(['max_tokens', 'max_completion_tokens'])('[PROV-9] honours %s', async (parameter) => {
    const { text, finishReasons } = await stream('[[simulate: tokens=9]]', { [parameter]: 4 });
    expect(text).toBe('0 1 2 3 ');
    expect(finishReasons).toEqual(['length']);
  });

  it('[PROV-9] honours stop, also when the sequence is spread over tokens', async () => {
    const { text, finishReasons } = await stream('[[simulate: chunks=["a b", "c", "d", "ef"]]]', {
      stop: ['bcde', 'zz'],
    });
    expect(text).toBe('a ');
    expect(finishReasons).toEqual(['stop']);
  });

  it('[PROV-9] fills a JSON schema', async () => {
    const schema = {
      type: 'object',
      required: ['city', 'celsius', 'sky', 'days', 'next'],
      properties: {
        city: { type: 'string', minLength: 20 },
        celsius: { type: 'number', minimum: 12.5 },
        sky: { enum: ['clear', 'cloudy'] },
        days: { type: 'array', minItems: 2, items: { $ref: '#/$defs/day' } },
        next: { anyOf: [{ $ref: '#' }, { type: 'null' }] },
      },
      $defs: {
        day: {
          type: 'object',
          required: ['rain', 'index'],
          properties: { rain: { type: 'boolean' }, index: { type: ['null', 'integer'] } },
        },
      },
    };
    const { text } = await stream('Weather?', {
      response_format: { type: 'json_schema', json_schema: { name: 'weather', schema } },
    });
    const answer = JSON.parse(text);
    expect(answer).toMatchObject({
      celsius: 12.5,
      sky: 'clear',
      days: [
        { rain: true, index: 1 },
        { rain: true, index: 1 },
      ],
    });
    expect(answer.city.length).toBeGreaterThanOrEqual(20);
    expect(answer.next.next.next).toBeNull();
  });

  it('[PROV-9] refuses a missing key, a wrong key, and an address it does not know', async () => {
    await using strict = await startSimulator({ apiKey: 'right' });
    const at = (path: string, key?: string) =>
      fetch(strict.url + path, {
        method: 'POST',
        headers: key ? { 'api-key': key } : {},
        body: JSON.stringify({ model: 'chat', messages: messages('[[simulate: text=hi]]') }),
      });
    const dated = '/openai/deployments/chat/chat/completions';
    expect((await at(`${dated}?api-version=1`, 'right')).status).toBe(200);
    expect((await at(`${dated}?api-version=1`, 'wrong')).status).toBe(401);
    expect(await (await at(`${dated}?api-version=1`)).json()).toMatchObject({ error: { code: '401' } });
    expect((await at(dated, 'right')).status).toBe(404);
    expect((await at('//', 'right')).status).toBe(404);
    expect(strict.requests).toHaveLength(1);
  });

  it.each([
    [{ messages: [] }, 'messages'],
    [{ model: 'chat' }, 'messages'],
    [{ messages: messages('hi') }, 'model'],
    [{ model: 'chat', messages: messages('hi'), stream_options: {} }, 'stream_options'],
  ])('[PROV-9] refuses a body that makes no sense: %j', async (body, param) => {
    const response = await post(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { type: 'invalid_request_error', param } });
  });
});

describe('[PROV-9] the simulator refuses on demand', () => {
  it.each([
    ['unauthorized', 401, '401'],
    ['deployment_not_found', 404, 'DeploymentNotFound'],
    ['context_length_exceeded', 400, 'context_length_exceeded'],
    ['prompt_filtered', 400, 'content_filter'],
    ['rate_limit', 429, '429'],
    ['unavailable', 503, 'ServiceUnavailable'],
    ['server_error', 500, null],
    ['http_error, status=409, code=conflict', 409, 'conflict'],
  ])('[PROV-9] %s', async (directive, status, code) => {
    expect(await refusal(`[[simulate: ${directive}]]`)).toMatchObject({ status, code });
  });

  it('[PROV-9] names the violated policy', async () => {
    const { error } = await refusal('[[simulate: prompt_filtered]]');
    expect(error).toMatchObject({
      innererror: {
        code: 'ResponsibleAIPolicyViolation',
        content_filter_result: { violence: { filtered: true } },
      },
    });
  });

  it.each([
    ['retry_after_ms=50', '50', null],
    ['retry_after=-1', null, '-1'],
    ['retry_after=86400, retry_after_ms=5', '5', '86400'],
    ['retry_after="Wed, 21 Oct 2015 07:28:00 GMT"', null, 'Wed, 21 Oct 2015 07:28:00 GMT'],
    ['times=9', null, null],
  ])('[PROV-9] rate_limit, %s', async (options, milliseconds, seconds) => {
    const { headers } = await refusal(`[[simulate: rate_limit, ${options}]]`);
    expect(headers?.get('retry-after-ms')).toBe(milliseconds);
    expect(headers?.get('retry-after')).toBe(seconds);
  });

  it('[PROV-9] simulates a fault a number of times per key, then none', async () => {
    const ask = (note: string) => stream(`${note} [[simulate: rate_limit, times=2, key=shared, text=fine]]`);
    expect((await ask('a')).error).toBeInstanceOf(RateLimitError);
    expect((await ask('b')).error).toBeInstanceOf(RateLimitError);
    expect(await ask('c')).toMatchObject({ text: 'fine', error: null });
    expect((await refusal('[[simulate: rate_limit, times=2, key=other]]')).status).toBe(429);
  });

  it.each([
    ['[[simulate: explode]]', 'explode'],
    ['[[simulate: tokens=many]]', 'tokens'],
    ['[[simulate: stall, retry_after=1]]', 'retry_after'],
    ['[[simulate: at=3]]', '"at"'],
    ['[[simulate: stall, close]]', 'One fault'],
    ['[[simulate: tokens=1, tokens=2]]', 'twice'],
    ['[[simulate: tokens=1', 'not understood'],
    ['[[simulate: text="\\x"]]', 'not JSON'],
    ['[[simulate: tokens=1]] [[simulate: stall]]', 'not two'],
  ])('[PROV-9] says what it does not understand: %s', async (content, explanation) => {
    const error = await refusal(content);
    expect(error).toMatchObject({ status: 400, code: 'invalid_simulation' });
    expect(error.message).toContain(explanation);
  });
});

describe('[PROV-9] the simulator breaks streams on demand', () => {
  it.each([
    ['close, at=2', '0 1 '],
    ['close, at=start', ''],
    ['error, at=2, code=boom', '0 1 '],
    ['malformed, at=2', '0 1 '],
  ])('[PROV-9] %s', async (directive, text) => {
    const outcome = await stream(`[[simulate: ${directive}, tokens=5]]`);
    expect(outcome).toMatchObject({ text, finishReasons: [] });
    expect(outcome.error).not.toBeNull();
  });

  it.each(['close, at=headers', 'reset'])(
    '[PROV-9] %s leaves the client without an answer',
    async (directive) => {
      const { error } = await stream(`[[simulate: ${directive}]]`);
      expect(error).toBeInstanceOf(OpenAI.APIConnectionError);
    },
  );

  it('[PROV-9] carries the code of an error object', async () => {
    const { error } = await stream('[[simulate: error, at=1, code=boom, message="No more."]]');
    expect(error).toMatchObject({ code: 'boom', message: 'No more.' });
  });

  it.each([
    ['cut_short, at=2', '0 1 ', []],
    ['cut_short, at=end', '0 1 2 3 4 ', ['stop']],
    ['cut_short, at=99', '0 1 2 3 4 ', []],
  ])('[PROV-9] %s ends cleanly without [DONE]', async (directive, text, finishReasons) => {
    const content = `[[simulate: ${directive}, tokens=5]]`;
    expect(await stream(content)).toEqual({ text, finishReasons, error: null });
    expect((await events(content)).data).not.toContain('[DONE]');
  });

  it.each([
    ['garbage', 'text/event-stream; charset=utf-8'],
    ['html', 'text/html; charset=utf-8'],
  ])('[PROV-9] %s with status 200', async (directive, contentType) => {
    const response = await post({
      model: 'chat',
      messages: messages(`[[simulate: ${directive}]]`),
      stream: true,
    });
    expect(response.status).toBe(200);
    expect(response.headers.get('content-type')).toBe(contentType);
    expect(await response.text()).not.toContain('data:');
  });

  it.each([
    ['at=headers', 0],
    ['at=start', 1],
    ['at=2', 4],
    ['at=end', 7],
  ])('[PROV-9] stall, %s: silence on an open connection until the client leaves', async (at, expected) => {
    const abort = new AbortController();
    const arriving = simulator.nextRequest();
    let received = '';
    const reading = post(
      { model: 'chat', messages: messages(`[[simulate: stall, ${at}, tokens=4]]`), stream: true },
      { signal: abort.signal },
    ).then(async (response) => {
      for await (const bytes of response.body ?? []) {
        received += Buffer.from(bytes).toString();
        if (received.split('\n\n').length - 1 === expected) abort.abort();
      }
    });
    const request = await arriving;
    if (expected === 0) abort.abort();
    await expect(reading).rejects.toThrow('aborted');
    await request.closed;
    expect(request.aborted).toBe(true);
    expect(simulator.activeRequests).toBe(0);
  });

  it('[PROV-9] pause: a slow first token, then all of it', async () => {
    const started = performance.now();
    expect(await stream('[[simulate: pause, ms=120, tokens=2]]')).toMatchObject({
      text: '0 1 ',
      error: null,
    });
    expect(performance.now() - started).toBeGreaterThan(115);
  });

  it('[PROV-9] filters an answer in the middle', async () => {
    expect(await stream('[[simulate: answer_filtered, at=2, tokens=5]]')).toEqual({
      text: '0 1 ',
      finishReasons: ['content_filter'],
      error: null,
    });
  });

  it('[PROV-9] simulates equivalent faults in answers without streaming', async () => {
    const answers = await Promise.all(
      ['answer_filtered, at=2', 'cut_short, at=2', 'error', 'malformed', 'close'].map(async (directive) => {
        const response = await post({
          model: 'chat',
          messages: messages(`[[simulate: ${directive}, tokens=5]]`),
        });
        const source = await response.text().catch(() => 'broken');
        return [
          response.status,
          source.endsWith('}') ? JSON.parse(source).choices?.[0].finish_reason : source,
        ];
      }),
    );
    expect(answers.slice(0, 3)).toEqual([
      [200, 'content_filter'],
      [200, null],
      [500, undefined],
    ]);
    expect(answers[3]?.[1]).toMatch(/^\{"choices"/);
    expect(answers[4]).toEqual([200, 'broken']);
  });
});

describe('[PROV-9] the asynchronous filter of the simulator', () => {
  it('[PROV-9] annotates in chunks without delta, also after the finish_reason', async () => {
    const { chunks } = await events('[[simulate: async_filter, tokens=20, offset_base=7]]');
    const annotations = chunks.filter(({ choices }) => choices[0]?.content_filter_offsets);
    const first = Array.from({ length: 16 }, (_, index) => fillerToken(index)).join('').length;
    const whole = Array.from({ length: 20 }, (_, index) => fillerToken(index)).join('').length;
    expect(annotations.map(({ choices }) => choices[0].content_filter_offsets)).toEqual([
      { check_offset: 7, start_offset: 7, end_offset: 7 + first },
      { check_offset: 7 + first, start_offset: 7 + first, end_offset: 7 + whole },
    ]);
    expect(annotations.every(({ id, choices }) => id === '' && !('delta' in choices[0]))).toBe(true);
    expect(chunks.at(-2).choices[0].finish_reason).toBe('stop');
    expect(chunks.at(-1)).toBe(annotations[1]);
  });

  it('[PROV-9] redacts text after it was sent', async () => {
    const { chunks, data } = await events('[[simulate: late_violation, text="bad words", from=0, to=3]]');
    expect(chunks.at(-2).choices[0].finish_reason).toBe('stop');
    expect(chunks.at(-1).choices[0]).toMatchObject({
      finish_reason: 'content_filter',
      content_filter_offsets: { check_offset: 0, start_offset: 0, end_offset: 3 },
    });
    expect(chunks.filter(({ choices }) => choices[0]?.content_filter_offsets)).toHaveLength(1);
    expect(data.at(-1)).toBe('[DONE]');
  });
});

describe('[PROV-9] the bytes of the simulator', () => {
  const text = 'Grüße, 世界! 👩‍👩‍👧 data: [DONE] ';

  it.each(['split=utf8', 'split=1', 'split=2', 'split=3, line_end=crlf', 'line_end=crlf'])(
    '[PROV-9] the same answer with %s',
    async (framing) => {
      const outcome = await stream(`[[simulate: text=${JSON.stringify(text.repeat(20))}, ${framing}]]`);
      expect(outcome).toEqual({ text: text.repeat(20), finishReasons: ['stop'], error: null });
    },
  );

  it('[PROV-9] split=utf8 cuts inside a character', async () => {
    const response = await rawResponse('[[simulate: text="ü", split=utf8]]');
    const pieces = await piecesOf(response);
    expect(pieces.some((piece) => piece.at(-1) === 0xc3)).toBe(true);
    expect(pieces.some((piece) => piece[0] === 0xbc)).toBe(true);
  });

  it('[PROV-9] a seed splits anywhere, and always in the same places', async () => {
    const lengths = async () => {
      const pieces = await piecesOf(await rawResponse('[[simulate: tokens=3, split=42]]'));
      return pieces.map((piece) => piece.length);
    };
    const first = await lengths();
    expect(first.length).toBeGreaterThan(50);
    expect(Math.max(...first)).toBeLessThanOrEqual(64);
    // Ids and times differ, their lengths do not.
    expect(await lengths()).toEqual(first);
  });

  it('[PROV-9] line_end=crlf ends every line with CRLF', async () => {
    const source = (await (await rawResponse('[[simulate: tokens=3, line_end=crlf]]')).toArray()).join('');
    expect(source.match(/\r\n/g)).toHaveLength(source.match(/\n/g)?.length ?? 0);
    expect(source).toMatch(/data: \[DONE\]\r\n\r\n$/);
  });

  it('[PROV-9] empty, huge and reasoning answers', async () => {
    expect(await stream('[[simulate: tokens=0]]')).toEqual({
      text: '',
      finishReasons: ['stop'],
      error: null,
    });
    const token = await stream('[[simulate: tokens=1, token_chars=1000000]]');
    expect(token.text).toBe('0 '.padStart(1_000_000, '.'));
    const huge = await stream('[[simulate: tokens=4096, token_chars=1024]]');
    expect(huge.text).toHaveLength(4 * 1024 * 1024);
    expect(huge.text.endsWith('.4095 ')).toBe(true);
    const { chunks } = await events('[[simulate: reasoning="Let me see", text=Yes]]', {
      stream_options: { include_usage: true },
    });
    const thoughts = chunks.map(({ choices }) => choices[0]?.delta?.reasoning_content ?? '').join('');
    expect(thoughts).toBe('Let me see');
    expect(chunks.at(-1).usage).toMatchObject({
      completion_tokens: 4,
      completion_tokens_details: { reasoning_tokens: 3 },
    });
  });
});

describe('[PROV-9] the simulator among other programs', () => {
  it('[PROV-9] records requests', async () => {
    const arriving = simulator.nextRequest();
    await stream('[[simulate: tokens=1]]', { temperature: 0 });
    const request = await arriving;
    await request.closed;
    expect(simulator.requests.at(-1)).toBe(request);
    expect(request).toMatchObject({ aborted: false, deployment: 'chat', apiVersion: '2024-10-21' });
    expect(request.body).toMatchObject({
      temperature: 0,
      stream: true,
      messages: messages('[[simulate: tokens=1]]'),
    });
    expect(request.headers['api-key']).toBe('any');
  });

  it('[PROV-9] follows a script, which a directive overrides', async () => {
    simulator.setBehaviour(({ body }): Behaviour | undefined =>
      body.messages.length > 1
        ? { text: 'long', delayMs: 0 }
        : { fault: { kind: 'unauthorized' }, delayMs: 0 },
    );
    expect((await refusal('hi')).status).toBe(401);
    expect(await stream('hi', { messages: [...messages('a'), ...messages('b')] })).toMatchObject({
      text: 'long',
    });
    simulator.setBehaviour({ text: 'scripted', delayMs: 0 });
    expect(await stream('[[simulate: tokens=2]]')).toMatchObject({ text: '0 1 ' });
    expect(() => simulator.setBehaviour({ delayMs: -1 })).toThrow('delayMs');
  });

  it('[PROV-9] waits for a slow reader instead of filling memory', async () => {
    const arriving = simulator.nextRequest();
    const response = await rawResponse('[[simulate: tokens=endless, token_chars=65536]]');
    await once(response, 'readable');
    const request = await arriving;
    const before = process.memoryUsage();
    // Unread: three turns of the event loop would produce any amount if nothing held it back.
    for (let turn = 0; turn < 200; turn += 1) await new Promise(setImmediate);
    const after = process.memoryUsage();
    expect(after.heapUsed + after.external - before.heapUsed - before.external).toBeLessThan(
      32 * 1024 * 1024,
    );
    expect(simulator.activeRequests).toBe(1);
    response.destroy();
    await request.closed;
    expect(request.aborted).toBe(true);
    expect(simulator.activeRequests).toBe(0);
  });

  it('[PROV-9] leaves nothing behind: stalled streams, idle sockets, half requests', async () => {
    const own = await startSimulator({ script: { fault: { kind: 'stall' }, delayMs: 0 } });
    const init = { method: 'POST', headers: { 'api-key': 'any' } };
    const body = JSON.stringify({ model: 'chat', messages: messages('hi'), stream: true });
    const stalled = await fetch(`${own.url}/openai/v1/chat/completions`, { ...init, body });
    const half = connect(own.port, '127.0.0.1');
    half.on('error', () => {});
    half.write('POST /openai/v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: 99\r\n\r\n{');
    await once(half, 'connect');
    const halfClosed = new Promise((resolve) => half.once('close', resolve));
    await own[Symbol.asyncDispose]();
    await own[Symbol.asyncDispose]();
    await expect(stalled.text()).rejects.toThrow();
    await halfClosed;
    await expect(fetch(own.url)).rejects.toThrow();
    expect(own.activeRequests).toBe(0);
  });

  it('[PROV-9] serves a thousand slow streams at once', async () => {
    simulator.setBehaviour({ tokens: 10, delayMs: 20, fault: { kind: 'stall', at: 'end' } });
    const abort = new AbortController();
    const body = { model: 'chat', messages: messages('hi'), stream: true };
    const readers = Array.from({ length: 1000 }, async () => {
      const response = await post(body, { signal: abort.signal });
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
      for (let text = ''; !text.includes('"stop"'); ) {
        const { done, value } = (await reader?.read()) ?? { done: true };
        if (done) throw new Error('The stream ended too early.');
        text += value;
      }
    });
    await Promise.all(readers);
    expect(simulator.activeRequests).toBe(1000);
    const closed = simulator.requests.map((request) => request.closed);
    abort.abort();
    await Promise.all(closed);
    expect(simulator.activeRequests).toBe(0);
    expect(simulator.requests).toHaveLength(1000);
  });

  it.each([0, 2])('[PROV-9] [LIMIT-2] it keeps the configured number of requests: %i', async (keep) => {
    await using forgetful = await startSimulator({ keep, script: { delayMs: 0, firstDelayMs: 0 } });
    const asking = () =>
      new AzureOpenAI({
        apiVersion: '2024-10-21',
        deployment: 'chat',
        apiKey: 'any',
        endpoint: forgetful.url,
      }).chat.completions.create({ model: 'chat', messages: messages('Hi') });
    for (let count = 0; count < 4; count += 1) await asking();
    expect(forgetful.requests).toHaveLength(keep);
  });

  it('[PROV-9] runs as a command, prints the variables to set, and stops on SIGTERM', async () => {
    const child = spawn(process.execPath, ['--import', 'tsx', 'src/simulator/main.ts', '--port', '0']);
    const exited = once(child, 'exit');
    let printed = '';
    for await (const text of child.stdout.setEncoding('utf8')) {
      printed += text;
      if (printed.includes('DEPLOYMENT_NAME=')) break;
    }
    const environment = Object.fromEntries(
      printed.split('\n').flatMap((line) => {
        const [, name, value] = /^(AZURE_OPENAI_\w+)=(.*)$/.exec(line) ?? [];
        return name === undefined ? [] : [[name, value]];
      }),
    );
    const other = new AzureOpenAI({
      endpoint: environment.AZURE_OPENAI_ENDPOINT,
      apiKey: environment.AZURE_OPENAI_API_KEY,
      deployment: environment.AZURE_OPENAI_DEPLOYMENT_NAME,
      apiVersion: '2024-10-21',
      maxRetries: 0,
    });
    const answer = await other.chat.completions.create({
      model: '',
      messages: messages('[[simulate: text=alive, delay_ms=0]]'),
    });
    expect(answer.choices[0]?.message.content).toBe('alive');
    child.kill('SIGTERM');
    expect(await exited).toEqual([0, null]);
  });
});
