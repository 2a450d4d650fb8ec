import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import fastify from 'fastify';
import request, { type Test } from 'supertest';
import { configFrom } from '../../src/config.ts';
import { chatMiddleware } from '../../src/frameworks/express.ts';
import { chatPlugin } from '../../src/frameworks/fastify.ts';
import { chatHandler } from '../../src/frameworks/http.ts';
import { OriginPolicy } from '../../src/http/origins/origin-policy.ts';
import { createService, type Service } from '../../src/service.ts';

let folder: string;
let service: Service;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-library-doors-'));
  service = await createService(
    configFrom({
      auth: { open: true },
      database: { url: `file:${join(folder, 'chat.db')}` },
      logging: { level: 'silent' },
    }),
  );
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

type Asked = (method: 'get' | 'post' | 'patch' | 'delete' | 'options', path: string) => Test;

/** An application that has the API at /api, in each of the frameworks. */
const APPLICATIONS: ReadonlyArray<[name: string, open: (origins?: OriginPolicy) => Promise<Asked>]> = [
  [
    'Express',
    async (origins) => {
      const app = express().use('/api', chatMiddleware(service, origins ? { origins } : {}));
      return (method, path) => request(app)[method](path);
    },
  ],
  [
    'http',
    async (origins) => {
      const handle = chatHandler(service, origins ? { origins } : {});
      const server = createServer(async (asked, response) => {
        if (!(await handle(asked, response))) response.writeHead(404).end();
      });
      return (method, path) => request(server)[method](path);
    },
  ],
  [
    'Fastify',
    async (origins) => {
      const app = fastify();
      await app.register(chatPlugin, { prefix: '/api', service, ...(origins ? { origins } : {}) });
      await app.ready();
      return (method, path) => request(app.server)[method](path);
    },
  ],
];

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const ORIGIN = 'https://evil.example';

/** What a page of another origin can make a browser send without a preflight, with the cookies of a user. */
const FORGED: ReadonlyArray<Record<string, string>> = [
  { origin: ORIGIN, 'sec-fetch-site': 'cross-site', ...FORM },
  { origin: ORIGIN, 'sec-fetch-site': 'cross-site' },
  { origin: ORIGIN, 'content-type': 'text/plain' },
  { origin: ORIGIN },
  { origin: 'null', 'content-type': 'multipart/form-data; boundary=x' },
  { 'sec-fetch-site': 'same-site' },
  { referer: `${ORIGIN}/page` },
];

describe.each(APPLICATIONS)('the API in an application with %s', (_name, open) => {
  const CHANGES = [
    ['post', '/api/chat/support-42/regenerate'],
    ['post', '/api/workspaces'],
    ['post', '/api/workspaces/00000000-0000-4000-8000-000000000000/undo'],
    ['post', '/api/runs/00000000-0000-4000-8000-000000000000/stop'],
    ['delete', '/api/chat/support-42'],
  ] as const;

  it.each(CHANGES)(
    '[CONF-3] %s %s is refused for pages of other origins, with or without a policy',
    async (method, path) => {
      for (const ask of [await open(), await open(new OriginPolicy([]))]) {
        for (const headers of FORGED) {
          const { status, body } = await ask(method, path).set({ host: '127.0.0.1', ...headers });
          expect([headers, status, body.error.code]).toEqual([headers, 403, 'forbidden_origin']);
        }
      }
      expect((await (await open())('get', '/api/workspaces')).body.workspaces).toEqual([]);
    },
  );

  it('[FILE-1] [LIB-1] takes files and gives them back', async () => {
    const ask = await open();
    const { status, body } = await ask('post', '/api/files').attach(
      'file',
      Buffer.from('Some text'),
      'a.txt',
    );
    expect([status, body.name, body.mediaType]).toEqual([201, 'a.txt', 'text/plain']);
    const content = await ask('get', `/api/files/${body.id}/content`).set('range', 'bytes=5-');
    expect([content.status, content.text]).toEqual([206, 'text']);
    expect((await ask('delete', `/api/files/${body.id}`)).status).toBe(204);
  });

  it.each(CHANGES)(
    '[LIB-1] %s %s without a body is served for programs and for its own pages',
    async (method, path) => {
      const ask = await open();
      for (const headers of [
        {},
        { origin: 'http://app.example', host: 'app.example' },
        { 'sec-fetch-site': 'same-origin', origin: 'https://app.example', host: 'behind-a-proxy' },
        { 'content-type': 'application/json', origin: ORIGIN },
      ]) {
        // Beyond the guard: there is no such chat, or the body lacks something.
        const { status } = await ask(method, path).set(headers);
        expect([headers, [200, 201, 400, 404].includes(status)]).toEqual([headers, true]);
      }
      for (const { id } of (await ask('get', '/api/workspaces')).body.workspaces) {
        await ask('delete', `/api/workspaces/${id}`);
      }
    },
  );

  it('[CONF-3] with a policy, hosts and origins are checked, and the listed ones get CORS', async () => {
    const ask = await open(new OriginPolicy(['https://chat.example']));
    expect((await ask('get', '/api/models').set({ host: 'evil.example' })).status).toBe(403);
    expect((await ask('get', '/api/models').set({ 'sec-fetch-site': 'cross-site' })).status).toBe(403);
    const listed = { origin: 'https://chat.example' };
    const answer = await ask('get', '/api/models').set(listed);
    expect([answer.status, answer.headers['access-control-allow-origin']]).toEqual([200, listed.origin]);
    const preflight = await ask('options', '/api/chat').set({
      ...listed,
      'access-control-request-method': 'POST',
    });
    expect([preflight.status, preflight.headers['access-control-allow-origin']]).toEqual([
      204,
      listed.origin,
    ]);
  });

  it('[OPS-1] its responses are not stored by caches, nor embedded', async () => {
    const ask = await open();
    for (const path of ['/api/models', '/api/chats', '/api/chat/unknown', '/api/chat/unknown/export']) {
      expect((await ask('get', path)).headers).toMatchObject({
        'cache-control': 'no-store',
        'cross-origin-resource-policy': 'same-origin',
      });
    }
  });
});

describe('[LIB-1] an application of Express', () => {
  const question = { messages: [{ role: 'user', content: '[[simulate: tokens=2, delay_ms=0]]' }] };
  /** What parsers of Express 4 do with bodies of other types. */
  const emptyObject: express.RequestHandler = (incoming, _response, next) => {
    incoming.body = {};
    next();
  };
  const applicationWith = (parser: express.RequestHandler) =>
    request(express().use(parser).use('/api', chatMiddleware(service)));

  it.each<[string, express.RequestHandler]>([
    ['json', express.json()],
    ['bytes', express.raw({ type: '*/*' })],
    ['text', express.text({ type: '*/*' })],
    ['an empty object, and has read nothing', emptyObject],
  ])('may have made %s of the body', async (_what, parser) => {
    const response = await applicationWith(parser).post('/api/chat').send(question);
    expect([response.status, response.text.includes('"finishReason":"stop"')]).toEqual([200, true]);
  });

  it.each<[string, express.RequestHandler]>([
    ['bytes', express.raw({ type: '*/*' })],
    ['text', express.text({ type: '*/*' })],
  ])('that reads %s leaves what is no JSON, or too deep, to be refused', async (_what, parser) => {
    for (const body of ['{"messages":', '['.repeat(5_000)]) {
      const sent = applicationWith(parser).post('/api/chat').set('content-type', 'application/json');
      const response = await sent.send(body);
      expect([response.status, response.body.error.details[0].field]).toEqual([400, 'body']);
    }
  });

  it('whose parser has read nothing gets a refusal of the content type', async () => {
    const sent = applicationWith(emptyObject).post('/api/chat').set('content-type', 'text/plain');
    const response = await sent.send(JSON.stringify(question));
    expect([response.status, response.body.error.details[0].field]).toEqual([400, 'Content-Type']);
  });
});
