import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Agent, type IncomingMessage, request } from 'node:http';
import type { Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { type Service, startService } from '../support/service.ts';

const REQUESTS = 30;
/** Node warns of a leak when a socket has more listeners than this for an event. */
const MOST_LISTENERS = 10;

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());

interface Sent {
  path: string;
  body?: Record<string, unknown>;
  /** Default: 200. */
  status?: number;
}

const messages = [{ role: 'user', content: 'Hi' }];
const uiMessage = { role: 'user', parts: [{ type: 'text', text: 'Hi' }] };
const query = new URLSearchParams({ messages: JSON.stringify(messages) });

it.each<[kind: string, sent: Sent]>([
  ['a native stream', { path: '/api/chat', body: { messages } }],
  ['useChat', { path: '/api/chat', body: { trigger: 'submit-message', messages: [uiMessage] } }],
  ['an OpenAI stream', { path: '/v1/chat/completions', body: { messages, stream: true } }],
  ['an OpenAI completion', { path: '/v1/chat/completions', body: { messages } }],
  ['an EventSource', { path: `/api/v1/llm/complete/stream?${query}` }],
  ['a completion', { path: '/api/v1/llm/complete', body: { messages } }],
  ['a list', { path: '/api/chats' }],
  ['a body that is refused', { path: '/api/chat', body: { messages: 'Hi' }, status: 400 }],
])('[LIMIT-2] 30 requests add no listeners to a connection that is kept alive: %s', async (_kind, sent) => {
  let most = 0;
  using connection = keptConnection((socket) => {
    for (const name of socket.eventNames()) most = Math.max(most, socket.listenerCount(name));
  });
  for (let index = 0; index < REQUESTS; index += 1) {
    const response = await send(connection.agent, sent);
    await text(response);
    expect(response.statusCode).toBe(sent.status ?? 200);
  }
  expect(connection.sockets.size).toBe(1);
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(MOST_LISTENERS);
});

it('[WIRE-5] finds the run of each response over a connection that was cut', async () => {
  const paths = ['One', 'Two', 'Three'].map((content) => {
    const query = new URLSearchParams({ messages: JSON.stringify([{ role: 'user', content }]) });
    return `/api/v1/llm/complete/stream?${query}`;
  });
  const runOf = async (path: string, agent: Agent) => {
    const response = await send(agent, { path });
    await text(response);
    return response.headers['x-run-id'];
  };
  const runs: unknown[] = [];
  {
    using connection = keptConnection();
    for (const path of paths) runs.push(await runOf(path, connection.agent));
    const [socket] = connection.sockets;
    if (!socket || connection.sockets.size > 1) throw new Error('The connection was not kept.');
    const closed = once(socket, 'close');
    connection.agent.destroy();
    await closed;
  }
  expect(new Set(runs).size).toBe(paths.length);

  using next = keptConnection();
  const again: unknown[] = [];
  for (const path of paths) again.push(await runOf(path, next.agent));
  expect(again).toEqual(runs);
});

/** A client with one connection. `onRequest` gets the server's socket of each request. */
function keptConnection(onRequest: (socket: Socket) => void = () => {}) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const sockets = new Set<Socket>();
  const port = Number(new URL(service.url).port);
  const listener = (message: unknown) => {
    const { socket } = message as { socket: Socket };
    if (socket.localPort !== port) return;
    sockets.add(socket);
    onRequest(socket);
  };
  // Node publishes this when a server begins to handle a request.
  subscribe('http.server.request.start', listener);
  return {
    agent,
    sockets,
    [Symbol.dispose]() {
      unsubscribe('http.server.request.start', listener);
      agent.destroy();
    },
  };
}

function send(agent: Agent, { path, body }: Sent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    const headers = body ? { 'content-type': 'application/json' } : {};
    const method = body ? 'POST' : 'GET';
    request(`${service.url}${path}`, { agent, method, headers }, resolve)
      .on('error', reject)
      .end(body && JSON.stringify(body));
  });
}
