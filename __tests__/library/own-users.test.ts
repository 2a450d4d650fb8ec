import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import fastify from 'fastify';
import type { Principal } from '../../src/auth/principal.ts';
import { configFrom } from '../../src/config.ts';
import { chatMiddleware } from '../../src/frameworks/express.ts';
import { chatPlugin } from '../../src/frameworks/fastify.ts';
import { chatHandler, OriginPolicy } from '../../src/frameworks/http.ts';
import { createService, type Service } from '../../src/service.ts';
import type { Viewers } from '../../src/sharedb/sockets/viewers.ts';
import { RawViewer } from '../support/raw-viewer.ts';

/** The sessions of an application, which it alone knows. */
const SESSIONS = new Map<string, Principal>([
  ['ada', { userId: 'ada', tenantId: 'acme', scopes: ['chat'], keyId: null }],
  ['bob', { userId: 'bob', tenantId: 'acme', scopes: ['chat'], keyId: null }],
]);

async function authenticate({ headers }: IncomingMessage): Promise<Principal | null> {
  const [, id = ''] = /(?:^|; )session=(\w+)/.exec(headers.cookie ?? '') ?? [];
  return SESSIONS.get(id) ?? null;
}

const origins = new OriginPolicy(['https://app.example.com']);
let folder: string;
let service: Service;
let viewers: Viewers;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-library-users-'));
  const database = { url: `file:${join(folder, 'chat.db')}` };
  service = await createService(configFrom({ database, logging: { level: 'silent' } }), { authenticate });
  viewers = service.viewers((request) => origins.admit(request));
});
afterAll(async () => {
  await service.end();
  await viewers[Symbol.asyncDispose]();
  await service[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

const SERVERS: ReadonlyArray<[name: string, open: () => Promise<Server>]> = [
  ['Express', async () => createServer(express().use('/api', chatMiddleware(service, { origins })))],
  [
    'Fastify',
    async () => {
      const app = fastify();
      await app.register(chatPlugin, { prefix: '/api', service, origins });
      await app.ready();
      return app.server;
    },
  ],
  [
    'http',
    async () => {
      const handle = chatHandler(service, { origins });
      return createServer(async (request, response) => {
        if (!(await handle(request, response))) response.writeHead(404).end();
      });
    },
  ],
];

describe.each(SERVERS)("[AUTH-11] an application's own users, with %s", (_, open) => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    server = await open();
    server.on('upgrade', viewers.upgrade);
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterAll(() => {
    server.close();
    server.closeAllConnections();
  });

  const send = (path: string, cookie: string, init: RequestInit = {}) =>
    fetch(`${url}/api${path}`, { ...init, headers: { cookie, ...init.headers } });
  const ask = (cookie: string, headers: Record<string, string> = {}) =>
    send('/chat', cookie, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify({
        messages: [{ role: 'user', content: '[[simulate: tokens=2, delay_ms=0, first_delay_ms=0]]' }],
      }),
    });

  it('are those whom it says, on every route and on the WebSocket', async () => {
    const asked = await ask('session=ada');
    expect(asked.status).toBe(200);
    await asked.text();
    const chatId = asked.headers.get('x-chat-id') ?? '';
    const statuses = async (path: string) =>
      Promise.all(
        ['session=ada', 'session=bob', 'session=eve', ''].map(async (who) => (await send(path, who)).status),
      );
    expect(await statuses(`/chat/${chatId}`)).toEqual([200, 404, 401, 401]);
    expect(await statuses('/models')).toEqual([200, 200, 401, 401]);
    // Our own ways in are off.
    expect((await send('/chats', '', { headers: { authorization: 'Bearer lss_a' } })).status).toBe(401);
    await expect(RawViewer.open(url, { cookie: 'session=eve' })).rejects.toThrow('401');
    for (const [who, found] of [
      ['ada', true],
      ['bob', false],
    ] as const) {
      const viewer = await RawViewer.open(url, { cookie: `session=${who}` });
      const reply = await viewer.ask({ a: 'f', c: 'chats', d: chatId, v: null });
      expect('error' in reply).toBe(!found);
      viewer.close();
    }
  });

  it('are not used by pages of other origins than those that it lists', async () => {
    const from = (origin: string) => ({ origin, 'sec-fetch-site': 'cross-site' });
    expect((await ask('session=ada', from('https://evil.example'))).status).toBe(403);
    const asked = await ask('session=ada', from('https://app.example.com'));
    await asked.text();
    expect([asked.status, asked.headers.get('access-control-allow-origin')]).toEqual([
      200,
      'https://app.example.com',
    ]);
    const cookie = 'session=ada';
    await expect(RawViewer.open(url, { cookie, origin: 'https://evil.example' })).rejects.toThrow('403');
    (await RawViewer.open(url, { cookie, origin: 'https://app.example.com' })).close();
  });

  it('[AUTH-8] get tickets, which stand for them', async () => {
    const issued = await send('/tickets', 'session=bob', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{}',
    });
    const { ticket } = (await issued.json()) as { ticket: string };
    const address = `${url}/api/chats?ticket=${ticket}`;
    expect((await fetch(address)).status).toBe(200);
    expect((await fetch(address)).status).toBe(401);
  });
});
