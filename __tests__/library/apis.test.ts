import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventSource } from 'eventsource';
import express from 'express';
import fastify from 'fastify';
import OpenAI, { BadRequestError, NotFoundError } from 'openai';
import { createChatClient } from '../../src/client/client.ts';
import { configFrom } from '../../src/config.ts';
import { chatMiddleware } from '../../src/frameworks/express.ts';
import { chatPlugin } from '../../src/frameworks/fastify.ts';
import { chatHandler } from '../../src/frameworks/http.ts';
import { OriginPolicy } from '../../src/http/origins/origin-policy.ts';
import { createService, type Service } from '../../src/service.ts';
import { openChat, release, textOf } from '../support/use-chat.ts';

let folder: string;
let service: Service;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'llm-library-apis-'));
  const database = { url: `file:${join(folder, 'chat.db')}` };
  service = await createService(configFrom({ auth: { open: true }, database, logging: { level: 'silent' } }));
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

/** An application that mounts all three APIs, at the paths of our own server. */
const APPLICATIONS: ReadonlyArray<
  [name: string, open: (origins?: { origins: OriginPolicy }) => Promise<Server>]
> = [
  [
    'Express',
    async (origins) => {
      const app = express()
        .use('/api', chatMiddleware(service, origins))
        .use('/v1', chatMiddleware(service, { api: 'openai', ...origins }))
        .use('/api/v1/llm', chatMiddleware(service, { api: 'eventsource', ...origins }));
      return createServer(app).listen(0);
    },
  ],
  [
    'http',
    async (origins) => {
      const handlers = (['chat', 'openai', 'eventsource'] as const).map((api) =>
        chatHandler(service, { api, ...origins }),
      );
      const server = createServer(async (request, response) => {
        for (const handle of handlers) if (await handle(request, response)) return;
        response.writeHead(404).end();
      });
      return server.listen(0);
    },
  ],
  [
    'Fastify',
    async (origins) => {
      const app = fastify();
      await app.register(chatPlugin, { prefix: '/api', service, ...origins });
      await app.register(chatPlugin, { prefix: '/v1', service, api: 'openai', ...origins });
      await app.register(chatPlugin, { prefix: '/api/v1/llm', service, api: 'eventsource', ...origins });
      await app.listen({ port: 0 });
      return app.server;
    },
  ],
];

const QUESTION = '[[simulate: tokens=3, delay_ms=0]]';
const ANSWER = '0 1 2 ';
const ORIGIN = 'https://page.example';

describe.each(APPLICATIONS)('[LIB-1] an application with %s that mounts every API', (_name, open) => {
  let server: Server;
  let url: string;
  let openai: OpenAI;
  beforeAll(async () => {
    server = await open();
    if (!server.listening) await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    openai = new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0 });
  });
  afterAll(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });

  const completionUrl = (base = url) => {
    const messages = JSON.stringify([{ role: 'user', content: QUESTION }]);
    return `${base}/api/v1/llm/complete/stream?${new URLSearchParams({ messages })}`;
  };

  it('answers the typed client', async () => {
    const client = createChatClient({ baseUrl: url });
    const run = client.send({ messages: [{ role: 'user', content: QUESTION }] });
    expect((await run.done).type).toBe('complete');
    expect(run.content).toBe(ANSWER);
  });

  it('[WIRE-2] answers useChat', async () => {
    const { ai } = await release('ai-7');
    const transport = new ai.DefaultChatTransport({ api: `${url}/api/chat` });
    const chat = openChat(ai, { id: crypto.randomUUID(), transport });
    await chat.sendMessage({ text: QUESTION });
    expect([chat.status, textOf(chat.messages[1])]).toEqual(['ready', ANSWER]);
  });

  it('[WIRE-4] answers the package of OpenAI, streamed and whole', async () => {
    const [model] = (await openai.models.list()).data;
    if (!model) throw new Error('There is no model');
    expect((await openai.models.retrieve(model.id)).id).toBe(model.id);
    const request = { model: model.id, messages: [{ role: 'user' as const, content: QUESTION }] };
    let text = '';
    for await (const { choices } of await openai.chat.completions.create({ ...request, stream: true }))
      text += choices[0]?.delta.content ?? '';
    const { choices } = await openai.chat.completions.create(request);
    expect([text, choices[0]?.message.content]).toEqual([ANSWER, ANSWER]);
  });

  it('[WIRE-4] [ERR-1] gives the package of OpenAI errors in the shape that it knows', async () => {
    const failed = openai.chat.completions.create({ model: 'any', messages: [] }).catch((error) => error);
    const error = await failed;
    expect(error).toBeInstanceOf(BadRequestError);
    expect([error.type, error.param, error.code]).toEqual([
      'invalid_request_error',
      'messages',
      'invalid_request',
    ]);
    await expect(openai.models.retrieve('a/b')).rejects.toBeInstanceOf(NotFoundError);
    const { status, headers } = await fetch(`${url}/v1/chat/completions`, { method: 'PUT' });
    expect([status, headers.get('allow')]).toEqual([405, 'POST']);
  });

  it('[WIRE-5] answers an EventSource', async () => {
    const texts: string[] = [];
    const source = new EventSource(completionUrl());
    await new Promise<void>((resolve, reject) => {
      source.onerror = (event) => reject(new Error(event.message ?? 'no stream'));
      source.onmessage = ({ data }) => {
        const { text } = JSON.parse(data);
        if (text === '[DONE]') resolve();
        else texts.push(text);
      };
    }).finally(() => source.close());
    expect(texts.join('')).toBe(ANSWER);
  });

  it('[WIRE-5] [CONF-3] starts no completion for the page of another origin, unless that is listed', async () => {
    const forged: Array<Record<string, string>> = [
      { origin: ORIGIN },
      { 'sec-fetch-site': 'cross-site' },
      { referer: `${ORIGIN}/` },
    ];
    for (const headers of forged) expect((await fetch(completionUrl(), { headers })).status).toBe(403);
    const other = await open({ origins: new OriginPolicy([ORIGIN]) });
    try {
      if (!other.listening) await once(other, 'listening');
      const { port } = other.address() as AddressInfo;
      const response = await fetch(completionUrl(`http://127.0.0.1:${port}`), {
        headers: { origin: ORIGIN },
      });
      expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([200, ORIGIN]);
      await response.text();
    } finally {
      other.closeAllConnections();
      other.close();
      await once(other, 'close');
    }
  });

  it('[WIRE-5] has no HEAD for a GET that starts a run', async () => {
    const { status, headers } = await fetch(completionUrl(), { method: 'HEAD' });
    expect([status, headers.get('allow')]).toEqual([405, 'GET']);
  });
});
