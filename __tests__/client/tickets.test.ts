import { EventSource } from 'eventsource';
import { Connection } from 'sharedb/lib/client/index.js';
import { WebSocket } from 'ws';
import { type ChatClientOptions, createChatClient, type LiveSocket } from '../../src/client/index.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { createKey, revokeKey } from '../support/keys.ts';
import { type Service, startService } from '../support/service.ts';
import { revoke, share } from '../support/shares.ts';

/** Node 20 has none of its own. */
const webSocket = WebSocket as unknown as new (url: string) => globalThis.WebSocket;
const eventSource = EventSource as unknown as new (url: string) => globalThis.EventSource;

let service: Service;
let key: string;
beforeAll(async () => {
  service = await startService({ config: { auth: { methods: ['keys'] } } });
  key = (await createKey(service.databaseFile)).text;
});
afterAll(() => service[Symbol.asyncDispose]());

/** A client, and the paths that it has requested. */
function countingClient(options: ChatClientOptions = {}, { url }: { url: string } = service) {
  const paths: string[] = [];
  const client = createChatClient({
    baseUrl: url,
    ...options,
    fetch: (input, init) => {
      paths.push(new URL(String(input)).pathname);
      return fetch(input, init);
    },
  });
  return { client, paths };
}

async function askedChat(client = createChatClient({ baseUrl: service.url, auth: key })): Promise<string> {
  const run = client.send({ messages: [{ role: 'user', content: 'Hello' }] });
  await run.done;
  return run.chatId ?? '';
}

/** The states of a connection, to be waited for. */
function stateLog<State extends { state: string }>() {
  const states: State[] = [];
  const waiting = new Set<() => void>();
  return {
    states,
    onState(state: State) {
      states.push(state);
      for (const look of waiting) look();
    },
    /** Resolves with the `count`-th state of this name. */
    until: (name: string, count = 1) =>
      new Promise<State>((resolve) => {
        const look = () => {
          const found = states.filter(({ state }) => state === name)[count - 1];
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}

const loaded = (socket: LiveSocket, collection: string, id: string) =>
  new Promise<{ type: unknown; data: unknown }>((resolve, reject) => {
    const connection = new Connection(socket as unknown as ConstructorParameters<typeof Connection>[0]);
    const document = connection.get(collection, id);
    document.on('error', reject);
    document.subscribe((error) => (error ? reject(error) : resolve(document)));
  });

describe('[AUTH-8] a live socket', () => {
  it('has a fresh ticket for each connection, and shows a document', async () => {
    const { client, paths } = countingClient({ auth: key });
    const chatId = await askedChat();
    const { onState, until } = stateLog();
    const socket = client.liveSocket({ webSocket, onState });
    expect((await loaded(socket, 'chats', chatId)).data).toMatchObject({ id: chatId });
    socket.drop();
    await until('open', 2);
    expect(paths).toEqual(['/api/tickets', '/api/tickets']);
    socket.close();
  });

  it('asks for another credential once, then for none', async () => {
    const asked: boolean[] = [];
    const auth = ({ refresh }: { refresh: boolean }) => {
      asked.push(refresh);
      return refresh ? key : 'lss_old';
    };
    const { client, paths } = countingClient({ auth });
    const { onState, until } = stateLog();
    const socket = client.liveSocket({ webSocket, onState });
    await until('open');
    expect([asked, paths]).toEqual([
      [false, true],
      ['/api/tickets', '/api/tickets'],
    ]);
    socket.close();
  });

  it('says clearly that it is refused, stays so, and comes back after another sign-in', async () => {
    let credential = 'lss_wrong';
    const { client, paths } = countingClient({ auth: () => credential });
    const { onState, until, states } = stateLog();
    const socket = client.liveSocket({ webSocket, onState });
    expect(await until('refused')).toMatchObject({ error: { code: 'unauthenticated', status: 401 } });
    expect([paths.length, states.length]).toEqual([2, 2]);
    credential = key;
    socket.reconnect();
    await until('open');
    socket.close();
  });

  it('[AUTH-9] whose key is revoked is refused; what others have goes on', async () => {
    const { id, text } = await createKey(service.databaseFile);
    const { onState, until } = stateLog();
    const socket = countingClient({ auth: text }).client.liveSocket({ webSocket, onState });
    await until('open');
    await revokeKey(service.databaseFile, id);
    expect(await until('refused')).toMatchObject({ error: { code: 'unauthenticated' } });
    socket.close();
  });

  it('[AUTH-7] with the token of a share sends no other credential, and is refused when that is revoked', async () => {
    const chatId = await askedChat();
    const owner = { authorization: `Bearer ${key}` };
    const made = await share(service.url, `chat/${chatId}`, owner);
    const asked: boolean[] = [];
    const auth = ({ refresh }: { refresh: boolean }) => {
      asked.push(refresh);
      return key;
    };
    const { onState, until } = stateLog();
    const socket = countingClient({ auth }).client.liveSocket({ share: made.token, webSocket, onState });
    expect((await loaded(socket, 'chats', chatId)).data).toMatchObject({ id: chatId });
    await revoke(service.url, `chat/${chatId}`, owner, made);
    expect(await until('refused')).toMatchObject({ error: { code: 'unauthenticated' } });
    expect(asked).toEqual([]);
    socket.close();
  });

  it('tries again while the server cannot be reached, and not after it was closed', async () => {
    const { onState, until, states } = stateLog<{ state: string; attempt?: number }>();
    const socket = createChatClient({ baseUrl: 'http://127.0.0.1:1', auth: key }).liveSocket({
      webSocket,
      onState,
    });
    expect(await until('reconnecting', 2)).toMatchObject({ attempt: 2 });
    socket.close();
    const count = states.length;
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(states).toHaveLength(count);
  });
});

describe('[AUTH-8] live events', () => {
  const PATH = '/api/v1/llm/complete/stream';

  it('[WIRE-5] have a fresh ticket for each connection, and go on where they were cut off', async () => {
    service.simulator.setBehaviour({ tokens: 40, delayMs: 5, firstDelayMs: 0 });
    const cuts = [undefined, 1_500, undefined, 1_500];
    await using proxy = await startCuttingProxy(
      () => service.url,
      (connection) => cuts[connection],
    );
    const { client, paths } = countingClient({ auth: key }, proxy);
    const query = { messages: JSON.stringify([{ role: 'user', content: 'A question of its own' }]) };
    const { onState } = stateLog();
    let text = '';
    await new Promise<void>((resolve, reject) => {
      const events = client.liveEvents(PATH, {
        query,
        eventSource,
        types: ['error'],
        onState: (state) => {
          onState(state);
          if (state.state === 'refused' || state.state === 'ended') reject(new Error(state.state));
        },
        onEvent({ type, data }) {
          if (type !== 'message') return reject(new Error(data));
          const part = JSON.parse(data);
          if (part.text === '[DONE]') {
            events.close();
            resolve();
          } else text += part.text;
          return undefined;
        },
      });
    });
    service.simulator.setBehaviour({ chunks: ['Hello', ' there'], delayMs: 0, firstDelayMs: 0 });
    const stored = service.query<{ content: string }>(
      `SELECT a.content FROM Message a JOIN Message q ON q.chatId = a.chatId
       WHERE q.content = 'A question of its own' AND a.role = 'assistant'`,
    );
    expect(stored).toEqual([{ content: text }]);
    expect(paths.length).toBeGreaterThan(1);
  });

  it('say that they are refused, or that the request is', async () => {
    const refused = stateLog();
    countingClient({ auth: 'lss_wrong' }).client.liveEvents(PATH, {
      eventSource,
      onEvent: () => {},
      onState: refused.onState,
    });
    expect(await refused.until('refused')).toMatchObject({ error: { code: 'unauthenticated' } });
    const ended = stateLog();
    countingClient({ auth: key }).client.liveEvents(PATH, {
      eventSource,
      onEvent: () => {},
      onState: ended.onState,
    });
    await ended.until('ended');
  });
});

describe('[AUTH-8] an address', () => {
  it('of an export is a link that works once', async () => {
    const { client, paths } = countingClient({ auth: key });
    const address = await client.chats.exportAddress(await askedChat(), { format: 'markdown' });
    expect(address).not.toContain(key);
    const first = await fetch(address);
    expect([first.status, await first.text()]).toEqual([200, expect.stringContaining('Hello')]);
    expect((await fetch(address)).status).toBe(401);
    expect(paths).toEqual(['/api/tickets']);
  });

  it.each([undefined, ''])(
    'without a credential (%j) has no ticket, and nothing is requested for it',
    async (auth) => {
      const { client, paths } = countingClient({ auth });
      expect(await client.address('/sharedb')).toBe(`${service.url}/sharedb`);
      expect(await client.chats.exportAddress('a', { format: 'json', superseded: true })).toBe(
        `${service.url}/api/chat/a/export?format=json&include=superseded`,
      );
      expect(paths).toEqual([]);
    },
  );

  it('without authentication: a live socket opens with no request before', async () => {
    await using open = await startService();
    const { client, paths } = countingClient({}, open);
    const { onState, until } = stateLog();
    const socket = client.liveSocket({ webSocket, onState });
    await until('open');
    socket.drop();
    await until('open', 2);
    expect(paths).toEqual([]);
    socket.close();
    const { client: careful } = countingClient({ auth: 'lss_any' }, open);
    expect((await fetch(await careful.address('/api/chats'))).status).toBe(200);
  });
});
