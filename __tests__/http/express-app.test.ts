import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import type { Express } from 'express';
import request, { type Response, type Test } from 'supertest';
import { configFrom } from '../../src/config.ts';
import { OriginPolicy } from '../../src/http/origins/origin-policy.ts';
import { createApp } from '../../src/http/server/app.ts';
import { createService, type Service } from '../../src/service.ts';
import { buildPage } from '../support/built-page.ts';

/** The whole application in this process: routes, origins, and the form of its responses. */
let folder: string;
let service: Service;
let app: Express;
beforeAll(async () => {
  await buildPage();
  folder = await mkdtemp(join(tmpdir(), 'llm-express-app-'));
  service = await createService(
    configFrom({
      database: { url: `file:${join(folder, 'chat.db')}` },
      limits: { bodyBytes: 20_000 },
      logging: { level: 'silent' },
    }),
  );
  const origins = new OriginPolicy(['https://chat.example.com']);
  app = createApp({ ...service, origins, providers: () => service.models.breakers });
  const body = {
    chatId: 'known',
    messages: [{ role: 'user', content: '[[simulate: tokens=2, delay_ms=0]]' }],
  };
  await request(app).post('/api/chat').send(body).expect(200);
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

type Verb = 'get' | 'post' | 'patch' | 'delete';
const UUID = '00000000-0000-4000-8000-000000000000';

/** Every route: path, its methods, and the status of a plain GET. */
const ROUTES: ReadonlyArray<[path: string, methods: readonly Verb[], status: number]> = [
  ['/healthz', ['get'], 200],
  ['/readyz', ['get'], 200],
  ['/api/chat', ['post'], 405],
  ['/api/chats', ['get'], 200],
  ['/api/chat/known', ['get', 'patch', 'delete'], 200],
  ['/api/chat/known/regenerate', ['post'], 405],
  ['/api/chat/known/edit', ['post'], 405],
  ['/api/chat/known/export', ['get'], 200],
  ['/api/chat/known/stream', ['get'], 204],
  ['/api/runs', ['get'], 400],
  [`/api/runs/${UUID}`, ['get'], 404],
  [`/api/runs/${UUID}/stream`, ['get'], 404],
  [`/api/runs/${UUID}/stop`, ['post'], 405],
  ['/api/workspaces', ['post', 'get'], 200],
  [`/api/workspaces/${UUID}`, ['get', 'patch', 'delete'], 404],
  [`/api/workspaces/${UUID}/edit`, ['post'], 405],
  [`/api/workspaces/${UUID}/edits`, ['get'], 404],
  [`/api/workspaces/${UUID}/undo`, ['post'], 405],
  ['/api/models', ['get'], 200],
  ['/api/usage', ['get'], 200],
  ['/api/v1/llm/complete', ['post'], 405],
  ['/api/v1/llm/complete/stream', ['get'], 400],
  ['/api/v1/llm/providers', ['get'], 200],
  ['/api/v1/llm/providers/simulator/models', ['get'], 200],
  ['/api/v1/llm/health', ['get'], 200],
  ['/v1/chat/completions', ['post'], 405],
  ['/v1/models', ['get'], 200],
  ['/v1/models/gpt-4o-mini', ['get'], 200],
  ['/openapi.json', ['get'], 200],
  ['/docs', ['get'], 200],
  ['/', ['get'], 200],
  ['/view/known', ['get'], 200],
  ['/workspace', ['get'], 200],
  ['/workspace/known', ['get'], 200],
  ['/admin/keys', ['get'], 200],
  ['/admin/audit', ['get'], 200],
];
const EVERY = ROUTES.map(([path]) => path);
const READABLE = ROUTES.filter(([, methods]) => methods.includes('get'));
const TAKING_JSON = ROUTES.flatMap(([path, methods]) =>
  methods
    .filter((method) => method === 'post' || method === 'patch')
    .map((method) => [method, path] as const),
);
const HEALTH = ['/healthz', '/readyz'];
const PAGES = [
  '/',
  '/view/known',
  '/workspace',
  '/workspace/known',
  '/admin/keys',
  '/admin/audit',
  '/docs',
  '/openapi.json',
];
const GUARDED = EVERY.filter((path) => !HEALTH.includes(path));

/** Requests a path unchanged; supertest's own methods would normalize it. */
const ask = (method: string, path: string) =>
  (request(app) as unknown as Record<string, (path: string) => Test>)[method]?.(path) as Test;

function expectError({ status, body, headers }: Response, [wanted, code]: readonly [number, string]): void {
  expect([status, body.error?.code]).toEqual([wanted, code]);
  expect(body.error.requestId).toBe(headers['x-request-id']);
  expect(headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'cache-control': 'no-store',
    'cross-origin-resource-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  });
}

describe('methods', () => {
  it.each(ROUTES)(
    '[ERR-1] %s: another method is a 405 that lists the methods of the path',
    async (path, methods) => {
      const response = await ask('put', path);
      expectError(response, [405, 'method_not_allowed']);
      const allowed = String(response.headers.allow).toLowerCase().split(', ');
      // A HEAD would start a run, which is paid for.
      const head = methods.includes('get') && path !== '/api/v1/llm/complete/stream' ? ['head'] : [];
      expect(allowed.sort()).toEqual([...methods, ...head].sort());
    },
  );

  it.each(ROUTES)('[ERR-1] OPTIONS %s lists the methods', async (path, methods) => {
    const response = await ask('options', path);
    expect([response.status, response.text]).toEqual([204, '']);
    const allowed = String(response.headers.allow).toLowerCase().split(', ');
    expect(allowed).toEqual(expect.arrayContaining([...methods, 'options']));
  });

  it.each(READABLE)('[ERR-1] HEAD %s has the status and the headers of GET, and no body', async (path) => {
    if (path === '/api/v1/llm/complete/stream') {
      expect((await ask('head', path)).status).toBe(405);
      return;
    }
    const [got, looked] = [await ask('get', path), await ask('head', path)];
    expect([looked.status, looked.text || undefined]).toEqual([got.status, undefined]);
    expect(looked.headers['content-type']).toBe(got.headers['content-type']);
    expect(looked.headers['cache-control']).toBe(got.headers['cache-control']);
  });
});

describe('targets', () => {
  it.each(ROUTES.filter(([path]) => path !== '/'))(
    '[ERR-1] GET %s is the same with a slash at its end, in capitals, encoded, and with an empty query',
    async (path, _methods, status) => {
      const [, first = ''] = path.split('/');
      const encoded = path.replace(first, `%${first.charCodeAt(0).toString(16)}${first.slice(1)}`);
      for (const same of [path, `${path}/`, encoded, encoded.toLowerCase(), `${path}?`]) {
        expect([same, (await ask('get', same)).status]).toEqual([same, status]);
      }
      expect((await ask('get', path.replace(first, first.toUpperCase()))).status).toBe(status);
    },
  );

  it.each([...EVERY, '/nowhere', '/api/nowhere', '/v1/nowhere', '/assets'])(
    '[ERR-1] %s with a suffix that is not properly encoded is a 400',
    async (path) => {
      for (const broken of ['%', '%zz', '%e0%a4%a', 'a%2']) {
        const response = await ask('get', `${path.replace(/\/$/, '')}/${broken}`);
        expect([broken, response.status, response.body.error.code]).toEqual([broken, 400, 'invalid_request']);
      }
    },
  );

  it.each([
    '/nowhere',
    '/api/nowhere',
    '/v1/nowhere',
    '/api/v1/llm/nowhere',
    '/view',
    '/assets/nothing.js',
    '/sharedb',
  ])('[ERR-1] %s is a 404, whatever the method', async (path) => {
    for (const method of ['get', 'post', 'delete']) expectError(await ask(method, path), [404, 'not_found']);
  });
});

describe('bodies', () => {
  /** As bytes: supertest serializes objects as JSON. */
  const send = (
    body: string | Buffer,
    headers: Record<string, string>,
    [method, path]: readonly [string, string],
  ) => {
    const sent = ask(method, path).set(headers);
    sent.serialize((bytes: unknown) => bytes as string);
    return sent.send(body);
  };

  it.each(TAKING_JSON)('[ERR-1] %s %s accepts only JSON', async (...route) => {
    const json = { 'content-type': 'application/json' };
    expectError(await send('{"messages": [', json, route), [400, 'invalid_request']);
    expectError(await send('a=b', { 'content-type': 'application/x-www-form-urlencoded' }, route), [
      400,
      'invalid_request',
    ]);
    expectError(await send('{}', { ...json, 'content-encoding': 'zstd' }, route), [400, 'invalid_request']);
    expectError(await send(`"${'x'.repeat(20_000)}"`, json, route), [413, 'payload_too_large']);
    const bomb = gzipSync(`"${'x'.repeat(1_000_000)}"`);
    expectError(await send(bomb, { ...json, 'content-encoding': 'gzip' }, route), [413, 'payload_too_large']);
    expectError(await send(Buffer.from('{}'), { ...json, 'content-encoding': 'gzip' }, route), [
      400,
      'invalid_request',
    ]);
  });

  const QUESTION = JSON.stringify({
    messages: [{ role: 'user', content: '[[simulate: tokens=1, delay_ms=0]]' }],
  });
  const ASKING = ['/api/chat', '/api/v1/llm/complete', '/v1/chat/completions'];

  it.each(ASKING)('[ERR-1] POST %s accepts JSON under any spelling of its type', async (path) => {
    for (const type of [
      'application/json',
      'Application/JSON',
      'application/json;charset=utf-8',
      'application/json ; charset="UTF-8"',
      'application/vnd.api+json',
      'text/plain;charset=UTF-8',
    ]) {
      expect([type, (await send(QUESTION, { 'content-type': type }, ['post', path])).status]).toEqual([
        type,
        200,
      ]);
    }
  });

  it.each(ASKING)('[ERR-1] POST %s decodes compressed bodies', async (path) => {
    for (const [coding, packed] of [
      ['gzip', gzipSync(QUESTION)],
      ['X-GZIP', gzipSync(QUESTION)],
      ['deflate', deflateSync(QUESTION)],
      ['br', brotliCompressSync(QUESTION)],
      ['identity', Buffer.from(QUESTION)],
    ] as const) {
      const headers = { 'content-type': 'application/json', 'content-encoding': coding };
      expect([coding, (await send(packed, headers, ['post', path])).status]).toEqual([coding, 200]);
    }
  });

  it.each(ASKING)('[ERR-1] POST %s ignores Accept', async (path) => {
    for (const accept of ['text/html', 'image/*', 'application/xml;q=0.1', 'nonsense', '*/*;q=0']) {
      const response = await send(QUESTION, { 'content-type': 'application/json', accept }, ['post', path]);
      expect([accept, response.status]).toEqual([accept, 200]);
    }
  });
});

describe('origins', () => {
  const site = (value: string, more: Record<string, string> = {}) => ({
    'sec-fetch-site': value,
    'sec-fetch-mode': 'no-cors',
    ...more,
  });
  const STRANGERS: ReadonlyArray<Record<string, string>> = [
    { host: 'evil.example' },
    { origin: 'https://evil.example' },
    { origin: 'null' },
    { origin: 'https://chat.example.com.evil.example' },
    site('cross-site'),
    site('same-site', { referer: 'http://localhost:1/' }),
    site('none, cross-site'),
    site('cross-site', { referer: 'https://evil.example/' }),
  ];

  it.each(GUARDED)('[CONF-3] %s is refused for foreign origins, whatever the method', async (path) => {
    for (const headers of STRANGERS) {
      for (const method of ['get', 'post', 'delete', 'options']) {
        const response = await ask(method, path).set(headers);
        expect([headers, method, response.status]).toEqual([headers, method, 403]);
      }
    }
    expectError(await ask('get', path).set(site('cross-site')), [403, 'forbidden_origin']);
  });

  it.each(GUARDED.filter((path) => !PAGES.includes(path)))(
    '[CONF-3] %s cannot be linked to or embedded by pages of other origins',
    async (path) => {
      const link = site('cross-site', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' });
      expect((await ask('get', path).set(link)).status).toBe(403);
      expect((await ask('get', path).set({ referer: 'http://evil.example/' })).status).toBe(403);
      expect((await ask('post', path).set({ referer: 'https://evil.example/a?b' })).status).toBe(403);
    },
  );

  it.each(PAGES)('[WEB-1] %s may be linked to from anywhere, but not framed', async (path) => {
    const link = site('cross-site', { 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' });
    expect((await ask('get', path).set(link)).status).toBe(200);
    expect((await ask('get', path).set({ referer: 'https://mail.example/' })).status).toBe(200);
    expect((await ask('get', path).set({ ...link, 'sec-fetch-dest': 'iframe' })).status).toBe(403);
  });

  it.each(READABLE.filter(([path]) => GUARDED.includes(path)))(
    '[CONF-3] %s is served for its own pages, for those of listed origins, and for programs',
    async (path, _methods, status) => {
      for (const headers of [
        {},
        site('none'),
        site('same-origin'),
        { origin: 'https://chat.example.com', 'sec-fetch-site': 'cross-site' },
        { origin: 'https://CHAT.example.com:443' },
        { referer: 'https://chat.example.com/a', 'sec-fetch-site': 'cross-site' },
        { host: 'localhost:3000', origin: 'http://localhost:3000' },
        { host: '[0:0:0:0:0:0:0:1]:3000', origin: 'http://[::1]:3000' },
      ]) {
        expect([headers, (await ask('get', path).set(headers)).status]).toEqual([headers, status]);
      }
    },
  );

  it.each(GUARDED)('[CONF-3] %s answers a preflight of a listed origin', async (path) => {
    const response = await ask('options', path).set({
      origin: 'https://chat.example.com',
      'access-control-request-method': 'POST',
      'access-control-request-headers': 'x-stainless-lang',
    });
    expect(response.status).toBe(204);
    expect(response.headers['access-control-allow-origin']).toBe('https://chat.example.com');
    expect(response.headers['access-control-allow-headers']).toContain('x-stainless-lang');
    expect(response.headers.vary).toContain('Origin');
  });

  it.each(HEALTH)('[OPS-2] %s is served for probes under any host name', async (path) => {
    expect((await ask('get', path).set({ host: '10.1.2.3:80' })).status).toBe(200);
    expect((await ask('get', path).set(site('cross-site'))).status).toBe(200);
  });

  describe('a GET that starts a run', () => {
    const messages = JSON.stringify([{ role: 'user', content: '[[simulate: tokens=1, delay_ms=0]]' }]);
    const costly = `/api/v1/llm/complete/stream?${new URLSearchParams({ messages })}`;
    const BROWSER = { 'user-agent': 'Mozilla/5.0 (X11; Linux x86_64) Safari/605.1.15' };

    it.each<[string, Record<string, string>]>([
      ['a picture on a page that says where it is', { accept: 'image/*', referer: 'http://evil.example/' }],
      ['a picture on a page that does not', { ...BROWSER, accept: 'image/avif,image/webp,*/*;q=0.8' }],
      ['a script', { ...BROWSER, accept: '*/*' }],
      ['a request without Fetch Metadata that asks for events', { ...BROWSER, accept: 'text/event-stream' }],
      ['a link', { ...BROWSER, accept: 'text/html,application/xhtml+xml,*/*;q=0.8' }],
      ['a picture of a program', { accept: 'image/png' }],
    ])('[WIRE-5] is refused to %s', async (_what, headers) => {
      const before = service.runs.liveCount;
      expectError(await ask('get', costly).set(headers), [403, 'forbidden_origin']);
      expect(service.runs.liveCount).toBe(before);
    });

    it.each<[string, Record<string, string>]>([
      [
        'EventSource of its own page',
        { ...BROWSER, host: 'localhost:1', accept: 'text/event-stream', referer: 'http://localhost:1/' },
      ],
      [
        'EventSource of a listed page',
        { ...BROWSER, accept: 'text/event-stream', origin: 'https://chat.example.com' },
      ],
      ['a tab', { ...BROWSER, accept: 'text/html', 'sec-fetch-site': 'none', 'sec-fetch-mode': 'navigate' }],
      ['curl', { 'user-agent': 'curl/8.5.0', accept: '*/*' }],
      ['a library', { accept: 'text/event-stream' }],
      ['who says nothing at all', {}],
    ])('[WIRE-5] is answered to %s', async (_what, headers) => {
      expect((await ask('get', costly).set(headers)).status).toBe(200);
    });
  });
});

describe('caching', () => {
  it.each(READABLE.filter(([path]) => !PAGES.includes(path)))(
    '[OPS-1] GET %s is not stored by caches',
    async (path) => {
      const { headers } = await ask('get', path);
      expect(headers['cache-control']).toMatch(/^no-store$|^no-cache, no-transform$/);
      expect(headers['cross-origin-resource-policy']).toBe('same-origin');
    },
  );

  it('[WEB-1] the page is revalidated, and its assets are cached', async () => {
    const { text, headers } = await ask('get', '/');
    expect(headers['cache-control']).toBe('no-cache');
    const [asset = ''] = /\/assets\/[\w.-]+\.js/.exec(text) ?? [];
    expect((await ask('get', asset)).headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'cross-origin-resource-policy': 'same-origin',
    });
  });
});

it('[WIRE-6] the document has the version of the package', async () => {
  const { version } = (await import('../../package.json', { with: { type: 'json' } })).default;
  expect((await ask('get', '/openapi.json')).body.info.version).toBe(version);
});
