import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { pino } from 'pino';
import { Access } from '../../src/auth/access.ts';
import { Gate } from '../../src/auth/gate.ts';
import { OpenConnections } from '../../src/auth/open-connections.ts';
import type { Principal } from '../../src/auth/principal.ts';
import { handlerOf } from '../../src/http/routing/handler.ts';
import { route } from '../../src/http/routing/route.ts';
import { authenticatePeople } from '../support/people.ts';
import { RawViewer } from '../support/raw-viewer.ts';
import { startService } from '../support/service.ts';

const logger = pino({ level: 'silent' });

const ADA: Principal = {
  userId: 'ada',
  tenantId: 'default',
  scopes: ['chat'],
  keyId: 'k',
  credential: { kind: 'key', id: 'k', expiresAt: null },
};

/** A server with a route whose response stays open, and which is told who sends a request when the test wants. */
async function openServer() {
  const connections = new OpenConnections({}, logger);
  const admissions: Array<(principal: Principal) => void> = [];
  const arrivals: Array<() => void> = [];
  const access = new Access({ ownerOf: async () => null }, { record: async () => {} });
  const authenticate = () =>
    new Promise<Principal>((resolve) => {
      admissions.push(resolve);
      for (const arrived of arrivals.splice(0)) arrived();
    });
  const gate = new Gate(access, authenticate, connections, false);
  const routes = [
    route({
      method: 'GET',
      path: '/open',
      needs: { action: 'list', resource: 'chat' },
      handle: ({ response, principal }) => {
        response.once('close', () => closed.push(principal.userId));
        response.writeHead(200).write('open');
      },
    }),
  ];
  const handle = handlerOf(
    [{ at: '', routes }],
    { logger, settings: { revealing: true, bodyBytes: 1024 }, gate },
    { guard: () => false },
  );
  const handled: Array<Promise<boolean>> = [];
  const closed: string[] = [];
  const sockets: Socket[] = [];
  const server: Server = createServer((request, response) => handled.push(handle(request, response)));
  server.on('connection', (socket) => sockets.push(socket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    connections,
    admissions,
    handled,
    closed,
    sockets,
    connect: () => connect(port, '127.0.0.1'),
    /** Resolves when so many requests have arrived. */
    async arrived(count: number): Promise<void> {
      while (admissions.length < count) await new Promise<void>((resolve) => arrivals.push(resolve));
    },
    async [Symbol.asyncDispose]() {
      connections[Symbol.dispose]();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

const nextCheck = () => new Promise((resolve) => setTimeout(resolve, 10));

const REQUEST = 'GET /open HTTP/1.1\r\nHost: localhost\r\n\r\n';

describe('open connections', () => {
  it('[AUTH-9] [LIMIT-2] are not kept of clients that left while their credential was checked', async () => {
    await using server = await openServer();
    const client = server.connect();
    client.write(REQUEST);
    await server.arrived(1);
    const [socket] = server.sockets;
    const closed = once(socket as Socket, 'close');
    client.destroy();
    await closed;
    server.admissions[0]?.(ADA);
    await server.handled[0];
    expect(server.connections.size).toBe(0);
  });

  it('[AUTH-9] [LIMIT-2] are not kept of requests behind a response that was cut', async () => {
    await using server = await openServer();
    const client = server.connect();
    client.write(REQUEST + REQUEST);
    await server.arrived(2);
    for (const admit of server.admissions) admit(ADA);
    await Promise.all(server.handled);
    expect(server.connections.size).toBe(2);
    const [socket] = server.sockets;
    const closed = once(socket as Socket, 'close');
    client.destroy();
    await closed;
    expect(server.connections.size).toBe(0);
  });

  it('[AUTH-9] [LIMIT-2] close their responses when they are cut, also one that waits behind another', async () => {
    await using server = await openServer();
    const client = server.connect();
    client.write(REQUEST + REQUEST);
    await server.arrived(2);
    const ending = { kind: 'key', id: 'e', expiresAt: new Date() } as const;
    server.admissions[0]?.(ADA);
    server.admissions[1]?.({ ...ADA, userId: 'eve', credential: ending });
    await Promise.all(server.handled);
    while (server.closed.length < 1) await nextCheck();
    expect(server.closed).toEqual(['eve']);
    expect(server.connections.size).toBe(1);
    client.destroy();
    while (server.closed.length < 2) await nextCheck();
    expect(server.closed).toEqual(['eve', 'ada']);
  });

  it('[AUTH-2] [RUN-10] that are refused are closed, though the client keeps its half open', async () => {
    const service = await startService({ authenticate: authenticatePeople });
    const { hostname, port } = new URL(service.url);
    const client = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
    client.write(
      `GET /sharedb HTTP/1.1\r\nHost: ${hostname}:${port}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n` +
        'Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n',
    );
    const [reply] = await once(client, 'data');
    expect(String(reply)).toMatch(/^HTTP\/1\.1 401 /);
    // Would wait for ever for a socket that nobody closes.
    await service[Symbol.asyncDispose]();
    client.destroy();
    await expect(RawViewer.open(service.url)).rejects.toThrow();
  });
});
