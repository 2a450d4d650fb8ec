import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { json } from 'node:stream/consumers';
import { post } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

const user = (content: unknown) => ({ messages: [{ role: 'user', content }] });

describe('bad input', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({
      config: { limits: { bodyBytes: 1024 * 1024, messageChars: 1000, messagesPerRequest: 3 } },
    });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const chat = () => `${service.url}/api/chat`;
  const nothingHappened = () => {
    expect(service.query('SELECT count(*) AS n FROM Chat')).toEqual([{ n: 0 }]);
    expect(service.simulator.requests).toHaveLength(0);
  };

  const bodies: Array<[what: string, body: unknown, field: string]> = [
    ['no object', [], 'body'],
    ['no messages', {}, 'messages'],
    ['messages of a wrong type', { messages: 'hi' }, 'messages'],
    ['no message at all', { messages: [] }, 'messages'],
    ['an empty message', user('  '), 'messages.0.content'],
    ['a message that is no text', user(7), 'messages.0.content'],
    ['an unknown role', { messages: [{ role: 'tool', content: 'x' }] }, 'messages.0.role'],
    [
      "a last message that is not the user's",
      { messages: [{ role: 'assistant', content: 'x' }] },
      'messages',
    ],
    ['too many messages', { messages: Array(4).fill({ role: 'user', content: 'x' }) }, 'messages'],
    ['a message over its limit', user('x'.repeat(1001)), 'messages.0.content'],
    ['a NUL', user('a\0b'), 'messages.0.content'],
    ['half a surrogate pair', user('a\ud83d'), 'messages.0.content'],
    ['a chatId outside its pattern', { ...user('x'), chatId: '../etc' }, 'chatId'],
    ['a chatId that is too long', { ...user('x'), chatId: 'x'.repeat(129) }, 'chatId'],
    ['an unknown model', { ...user('x'), model: 'gpt-unheard-of' }, 'model'],
    ['an unknown field', { ...user('x'), stream: true }, 'stream'],
    ['an unknown option', { ...user('x'), options: { temprature: 1 } }, 'options.temprature'],
    [
      'an unknown field of a message',
      { messages: [{ role: 'user', content: 'x', name: 'y' }] },
      'messages.0.name',
    ],
    ['an option out of range', { ...user('x'), options: { temperature: 3 } }, 'options.temperature'],
    [
      'an option of a wrong type',
      { ...user('x'), options: { maxOutputTokens: '5' } },
      'options.maxOutputTokens',
    ],
    ['a prototype key', `{"messages":[{"role":"user","content":"x"}],"__proto__":{"a":1}}`, '__proto__'],
  ];

  it.each(bodies)('[CHAT-1] [ERR-1] %s is a 400 that names the field', async (_what, body, field) => {
    const response = await post(chat(), body);
    expect(response.status).toBe(400);
    expect(response.headers.get('content-type')).toContain('application/json');
    const { error } = (await response.json()) as {
      error: { code: string; requestId: string; details: unknown[] };
    };
    expect(error.code).toBe('invalid_request');
    expect(error.requestId).toBe(response.headers.get('x-request-id'));
    expect(error.details).toContainEqual(expect.objectContaining({ field }));
    nothingHappened();
  });

  it('[ERR-1] broken JSON is a 400 in the one shape', async () => {
    const response = await post(chat(), '{"messages": [');
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({
      error: { code: 'invalid_request', details: [{ field: 'body' }] },
    });
    nothingHappened();
  });

  it.each([
    ['a form', { 'content-type': 'application/x-www-form-urlencoded' }, 'Content-Type'],
    ['nothing that it names', { 'content-type': '' }, 'Content-Type'],
    ['compressed', { 'content-type': 'application/json', 'content-encoding': 'gzip' }, 'Content-Encoding'],
    ['text that is no JSON', { 'content-type': 'text/plain' }, 'body'],
  ])('[ERR-1] a body that is %s is a 400 that says what is wanted', async (_what, headers, field) => {
    const response = await fetch(chat(), { method: 'POST', body: Buffer.from('messages=hi'), headers });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: { code: 'invalid_request', details: [{ field }] } });
    nothingHappened();
  });

  it('[ERR-1] a body over the limit is a 413 in the one shape', async () => {
    const response = await post(chat(), user('x'.repeat(1024 * 1024)));
    expect(response.status).toBe(413);
    expect(await response.json()).toMatchObject({ error: { code: 'payload_too_large' } });
    nothingHappened();
  });

  it('[ERR-1] a body over the limit that does not say how long it is', async () => {
    const body = Readable.from(Array.from({ length: 20 }, () => 'x'.repeat(64 * 1024)));
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      const headers = { 'content-type': 'application/json' };
      const request = httpRequest(chat(), { method: 'POST', headers }, resolve).on('error', reject);
      body.pipe(request);
    });
    expect(response.statusCode).toBe(413);
    expect(await json(response)).toMatchObject({ error: { code: 'payload_too_large' } });
    nothingHappened();
  });

  it('[ERR-1] a body that is cut off affects no other request, and stores nothing', async () => {
    const request = httpRequest(chat(), {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'content-length': 1000 },
    });
    await new Promise((written) => request.write('{"messages":[{"role":"user",', written));
    const failed = once(request, 'error');
    request.destroy();
    await failed;
    expect((await fetch(`${service.url}/api/chats`)).status).toBe(200);
    nothingHappened();
  });

  it.each([
    ['GET', '/nowhere', 404, 'not_found'],
    ['GET', '/api/chat/%zz', 400, 'invalid_request'],
    ['GET', '/api/nowhere', 404, 'not_found'],
    ['PUT', '/api/chat', 405, 'method_not_allowed'],
    ['GET', '/api/chat/unknown', 404, 'not_found'],
    ['GET', '/api/chat/%2e%2e%2f', 400, 'invalid_request'],
    ['GET', '/api/chats?limit=0', 400, 'invalid_request'],
    ['GET', '/api/chats?limit=ten', 400, 'invalid_request'],
    ['GET', '/api/chats?limt=1', 400, 'invalid_request'],
    ['GET', '/api/chats?cursor=nonsense', 400, 'invalid_request'],
    ['GET', '/api/runs/not-an-id', 400, 'invalid_request'],
    ['GET', '/api/runs/00000000-0000-4000-8000-000000000000', 404, 'not_found'],
    ['GET', '/api/runs', 400, 'invalid_request'],
    ['POST', '/api/runs/00000000-0000-4000-8000-000000000000/stop', 404, 'not_found'],
    ['DELETE', '/api/chat/unknown', 404, 'not_found'],
    ['GET', '/api/chat/%E0%A4%A', 400, 'invalid_request'],
  ])('[ERR-1] %s %s is %d %s', async (method, path, status, code) => {
    const response = await fetch(service.url + path, { method });
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status,
      body: { error: { code } },
    });
  });

  it('[CONF-3] a foreign Host or Origin is refused, a loopback one is not', async () => {
    const status = (headers: Record<string, string>) =>
      new Promise<number | undefined>((resolve, reject) => {
        const { port } = new URL(service.url);
        httpRequest({ host: '127.0.0.1', port, path: '/api/chats', headers }, (response) => {
          response.resume();
          resolve(response.statusCode);
        })
          .on('error', reject)
          .end();
      });
    expect(await status({})).toBe(200);
    expect(await status({ host: 'localhost:1' })).toBe(200);
    expect(await status({ host: 'evil.example' })).toBe(403);
    expect(await status({ host: 'localhost.evil.example' })).toBe(403);
    expect(await status({ origin: 'https://evil.example' })).toBe(403);
    expect(await status({ origin: 'null' })).toBe(403);
    expect(await status({ host: 'localhost:1', origin: 'http://localhost:1' })).toBe(200);
    expect(await status({ host: 'localhost:1', origin: 'http://localhost:2' })).toBe(403);
  });

  it('[CONF-3] a listed origin is allowed, and gets CORS with the ids exposed', async () => {
    await using open = await startService({
      config: { server: { allowedOrigins: ['https://chat.example'] } },
    });
    const origin = 'https://chat.example';
    const response = await fetch(`${open.url}/api/chats`, { headers: { origin } });
    expect(response.status).toBe(200);
    expect(response.headers.get('access-control-allow-origin')).toBe(origin);
    expect(response.headers.get('access-control-expose-headers')).toContain('X-Run-Id');
    const preflight = await fetch(`${open.url}/api/chat`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    });
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')?.toLowerCase()).toContain('idempotency-key');
  });
});
