import { once } from 'node:events';
import { Agent, createServer, type Server as HttpServer, request as httpRequest } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { WebSocket, WebSocketServer } from 'ws';
import { configFrom } from '../../src/config.ts';
import { createService } from '../../src/service.ts';
import { exchange, parsed, raw } from '../support/raw-http.ts';
import { type Service, startService } from '../support/service.ts';

/** As Java's HttpClient and `curl --http2` send it with every request. */
const H2C =
  'Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAEAAEAAAAIAAAABAAMAAABkAAQBAAAAAAUAAEAA';
const QUESTION = JSON.stringify({ messages: [{ role: 'user', content: 'Hi' }] });

describe('the server', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const offering = (offer: string, line: string, more = '', body = '') =>
    raw(service.url, `${line} HTTP/1.1\r\n${offer}${more}`, body);

  it.each([
    '/healthz',
    '/readyz',
    '/api/models',
    '/api/chats',
    '/v1/models',
    '/api/v1/llm/providers',
    '/openapi.json',
    '/docs',
  ])('[WIRE-4] [OPS-2] GET %s passes over an offer of HTTP/2', async (path) => {
    expect((await offering(H2C, `GET ${path}`)).status).toBe(200);
    expect((await offering(H2C, `HEAD ${path}`)).status).toBe(200);
    expect((await offering('Connection: upgrade\r\nUpgrade: TLS/1.2, foo/2', `GET ${path}`)).status).toBe(
      200,
    );
  });

  it.each(['/api/chat', '/v1/chat/completions', '/api/v1/llm/complete'])(
    '[WIRE-4] POST %s takes its body with such an offer, whole or in chunks',
    async (path) => {
      const type = '\r\nContent-Type: application/json';
      const length = `${type}\r\nContent-Length: ${QUESTION.length}`;
      expect(await offering(H2C, `POST ${path}`, length, QUESTION)).toMatchObject({
        status: 200,
        body: expect.stringContaining('Hello'),
      });
      const chunks = `${QUESTION.length.toString(16)}\r\n${QUESTION}\r\n0\r\n\r\n`;
      expect(
        await offering(H2C, `POST ${path}`, `${type}\r\nTransfer-Encoding: chunked`, chunks),
      ).toMatchObject({
        status: 200,
        body: expect.stringContaining('Hello'),
      });
    },
  );

  it('[WIRE-4] keeps the connection for the next request', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const reused: boolean[] = [];
    for (let count = 0; count < 3; count += 1) {
      const headers = {
        connection: 'Upgrade, HTTP2-Settings',
        upgrade: 'h2c',
        'http2-settings': 'AAMAAABkAAQ',
      };
      const request = httpRequest(`${service.url}/healthz`, { agent, headers }).end();
      const [response] = await once(request, 'response');
      reused.push(request.reusedSocket);
      expect(await text(response)).toBe('{"status":"alive"}');
      // The agent has the connection back when the response has closed.
      await new Promise(setImmediate);
    }
    agent.destroy();
    expect(reused).toEqual([false, true, true]);
  });

  it('[ERR-1] a WebSocket elsewhere is a request for what is not there, in the one shape', async () => {
    const offer = 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13';
    const { status, body } = await offering(offer, 'GET /elsewhere');
    expect([status, JSON.parse(body).error.code]).toEqual([404, 'not_found']);
  });

  it('[ERR-1] a WebSocket without its key is a 400 in the one shape', async () => {
    const { host } = new URL(service.url);
    const head = `GET /sharedb HTTP/1.1\r\nHost: ${host}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`;
    const { status, body } = parsed(await exchange(service.url, head));
    expect([status, JSON.parse(body).error.code]).toEqual([400, 'invalid_request']);
  });

  it.each(['/sharedb', '/sharedb/', '/ShareDB', '/sharedb?a=b'])(
    '[MIRROR-1] %s is the live socket',
    async (path) => {
      const socket = new WebSocket(service.url.replace('http', 'ws') + path);
      await once(socket, 'open');
      socket.close();
      await once(socket, 'close');
    },
  );
});

describe('an application that has the socket beside its own routes', () => {
  let close: () => Promise<void>;
  let server: HttpServer;
  let url: string;
  let viewers: ReturnType<Awaited<ReturnType<typeof createService>>['viewers']>;

  beforeEach(async () => {
    const service = await startService();
    const own = await createService(
      configFrom({
        auth: { open: true },
        database: { url: `file:${service.databaseFile}-own` },
        logging: { level: 'silent' },
      }),
    );
    viewers = own.viewers(() => {});
    server = createServer(async (request, response) => {
      response.end(`${request.method} ${request.url} ${await text(request)}`);
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    close = async () => {
      await viewers[Symbol.asyncDispose]();
      server.close();
      server.closeAllConnections();
      await own[Symbol.asyncDispose]();
      await service[Symbol.asyncDispose]();
    };
  });
  afterEach(() => close());

  const opened = async (path: string) => {
    const socket = new WebSocket(url.replace('http', 'ws') + path);
    const [message] = await once(socket, 'message');
    socket.close();
    return String(message);
  };

  it('[LIB-1] its routes answer clients that offer HTTP/2, with and without a body', async () => {
    server.on('upgrade', viewers.upgrade);
    expect(await raw(url, `GET /own?x=1 HTTP/1.1\r\n${H2C}`)).toMatchObject({
      status: 200,
      body: 'GET /own?x=1 ',
    });
    expect(await raw(url, `POST /own HTTP/1.1\r\n${H2C}\r\nContent-Length: 4`, 'body')).toMatchObject({
      status: 200,
      body: 'POST /own body',
    });
    expect(await opened('/sharedb')).toContain('"a":"init"');
  });

  it('[LIB-1] its own WebSockets stay its own, whoever listens first', async () => {
    const sockets = new WebSocketServer({ noServer: true });
    sockets.on('connection', (socket) => socket.send('mine'));
    const mine = (...[request, socket, head]: Parameters<typeof viewers.upgrade>) => {
      if (request.url === '/own')
        sockets.handleUpgrade(request, socket, head, (each) => sockets.emit('connection', each));
    };
    for (const listeners of [
      [mine, viewers.upgrade],
      [viewers.upgrade, mine],
    ]) {
      server.removeAllListeners('upgrade');
      for (const listener of listeners) server.on('upgrade', listener);
      expect(await opened('/own')).toBe('mine');
      expect(await opened('/sharedb')).toContain('"a":"init"');
    }
  });

  it('[LIB-1] one listener can ask whether a request was taken', async () => {
    const sockets = new WebSocketServer({ noServer: true });
    server.on('upgrade', (request, socket, head) => {
      if (viewers.upgrade(request, socket, head)) return;
      sockets.handleUpgrade(request, socket, head, (each) => each.send('mine'));
    });
    expect(await opened('/own')).toBe('mine');
    expect(await opened('/sharedb')).toContain('"a":"init"');
  });
});
