import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { jest } from '@jest/globals';
import { pino } from 'pino';
import WebSocket from 'ws';
import { AttemptLimit } from '../../src/auth/attempts/attempt-limit.ts';
import { ClientAddresses } from '../../src/auth/client-addresses.ts';
import { LOCAL, type Principal } from '../../src/auth/principal.ts';
import { ticketAuthenticator } from '../../src/auth/tickets/ticket-authenticator.ts';
import { ticketIn } from '../../src/auth/tickets/ticket-text.ts';
import { Tickets } from '../../src/auth/tickets/tickets.ts';
import { InvalidRequestError, TooManyAttemptsError } from '../../src/errors.ts';
import { headerAuthenticator, rawHeadersOf } from '../support/header-authenticator.ts';
import { authenticatePeople, headersOf, type Person } from '../support/people.ts';
import { type Service, startService } from '../support/service.ts';

const ADA: Principal = { ...LOCAL, userId: 'ada' };

/** Like a ticket, but nobody was given it. */
const MADE_UP = `lst_${'A'.repeat(43)}`;

describe('[AUTH-8] a ticket', () => {
  /** Only the clocks are fake. */
  beforeEach(() => {
    jest.useFakeTimers({
      doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'setInterval', 'queueMicrotask'],
    });
  });
  afterEach(() => {
    jest.useRealTimers();
  });

  it('stands for its principal once', () => {
    const tickets = new Tickets();
    const [one, other] = [tickets.issue(ADA), tickets.issue(LOCAL)];
    expect(tickets.take(other.ticket)).toBe(LOCAL);
    expect(tickets.take(one.ticket)).toBe(ADA);
    expect(tickets.take(one.ticket)).toBeNull();
    expect(tickets.has(other.ticket)).toBe(false);
  });

  it('is good for 60 s', () => {
    const tickets = new Tickets();
    const [first, second] = [tickets.issue(ADA), tickets.issue(ADA)];
    expect(first.expiresAt).toEqual(new Date(Date.now() + 60_000));
    jest.advanceTimersByTime(59_999);
    expect(tickets.take(first.ticket)).toBe(ADA);
    jest.advanceTimersByTime(1);
    expect(tickets.take(second.ticket)).toBeNull();
  });

  it('is one of 100 of a credential, and of 10,000 in all; of more, the oldest is dropped', () => {
    const tickets = new Tickets();
    const first = tickets.issue({ ...LOCAL, userId: 'first' });
    const own = Array.from({ length: 101 }, () => tickets.issue(ADA).ticket);
    expect(own.map((ticket) => tickets.has(ticket))).toEqual([false, ...Array(100).fill(true)]);
    for (let user = 0; user < 9_899; user++) tickets.issue({ ...LOCAL, userId: `user ${user}` });
    expect(tickets.has(first.ticket)).toBe(true);
    tickets.issue({ ...LOCAL, userId: 'one more' });
    expect(tickets.has(first.ticket)).toBe(false);
    expect(tickets.has(own[1] ?? '')).toBe(true);
  });

  it.each([
    ['none', '/api/chats', null],
    ['one of an application', '/api/chats?ticket=theirs', null],
    ['one among others', `/sharedb?a=1&ticket=${MADE_UP}&ticket=theirs`, MADE_UP],
    ['a malformed one', '/?ticket=lst_%00', 'lst_\0'],
    ['another parameter', '/?cursor=lst_1', null],
  ])('is found in a query: %s', (_, url, expected) => {
    expect(ticketIn({ url })).toBe(expected);
  });

  it('is refused when there are two', () => {
    expect(() => ticketIn({ url: `/?ticket=${MADE_UP}&ticket=${MADE_UP}` })).toThrow(InvalidRequestError);
  });

  describe('[AUTH-10] among failed attempts', () => {
    const from = (remoteAddress: string, url: string, authorization: string[] = []) =>
      ({
        url,
        socket: { remoteAddress },
        rawHeaders: rawHeadersOf({ authorization }),
      }) as unknown as IncomingMessage;

    function setUp(revoked: readonly string[] = []) {
      const logger = pino({ level: 'silent' });
      const limit = new AttemptLimit(new ClientAddresses([]), logger);
      const method = { recognizes: () => true, verify: async () => null };
      const tickets = new Tickets();
      const key = async (ids: readonly string[]) => ids.filter((id) => revoked.includes(id));
      const headers = headerAuthenticator([method], logger, limit);
      return { tickets, authenticate: ticketAuthenticator({ tickets, limit, revoked: { key } }, headers) };
    }

    it.each([
      ['made up', MADE_UP],
      ['malformed', 'lst_'],
      ['enormous', `lst_${'A'.repeat(100_000)}`],
    ])('a %s one counts, together with wrong secrets in headers', async (_, ticket) => {
      const { authenticate } = setUp();
      for (let attempt = 0; attempt < 10; attempt++) {
        expect(await authenticate(from('192.0.2.1', `/?ticket=${ticket}`))).toBeNull();
        expect(await authenticate(from('192.0.2.1', '/', ['Bearer wrong']))).toBeNull();
      }
      await expect(authenticate(from('192.0.2.1', `/?ticket=${ticket}`))).rejects.toThrow(
        TooManyAttemptsError,
      );
    });

    it('a used one counts, and a good one is accepted all the same', async () => {
      const { authenticate, tickets } = setUp();
      const { ticket } = tickets.issue(ADA);
      expect(await authenticate(from('192.0.2.1', `/?ticket=${ticket}`))).toBe(ADA);
      for (let attempt = 0; attempt < 20; attempt++)
        expect(await authenticate(from('192.0.2.1', `/?ticket=${ticket}`))).toBeNull();
      await expect(authenticate(from('192.0.2.1', `/?ticket=${ticket}`))).rejects.toThrow(
        TooManyAttemptsError,
      );
      const another = tickets.issue(ADA).ticket;
      expect(await authenticate(from('192.0.2.1', `/?ticket=${another}`))).toBe(ADA);
    });

    it('[AUTH-9] is worth nothing when its credential was revoked or has expired meanwhile', async () => {
      const { authenticate, tickets } = setUp(['revoked']);
      const holder = (id: string, ms: number | null): Principal => ({
        ...ADA,
        credential: { kind: 'key', id, expiresAt: ms === null ? null : new Date(Date.now() + ms) },
      });
      const of = (principal: Principal) => `/?ticket=${tickets.issue(principal).ticket}`;
      const urls = [
        of(holder('good', null)),
        of(holder('good', 10_001)),
        of(holder('good', 10_000)),
        of(holder('revoked', null)),
      ];
      jest.advanceTimersByTime(10_000);
      const found = [];
      for (const url of urls) found.push((await authenticate(from('192.0.2.1', url)))?.userId ?? null);
      expect(found).toEqual(['ada', 'ada', null, null]);
    });
  });
});

describe('a server with authentication', () => {
  let service: Service;
  const lines: string[] = [];
  beforeAll(async () => {
    const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
    service = await startService({ authenticate: authenticatePeople, logger });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  async function ticketOf(who: Person): Promise<string> {
    const response = await fetch(`${service.url}/api/tickets`, { method: 'POST', headers: headersOf(who) });
    expect(response.status).toBe(201);
    expect(response.headers.get('cache-control')).toBe('no-store');
    return ((await response.json()) as { ticket: string }).ticket;
  }

  it('[AUTH-8] gets no other ticket, and is not used up by asking', async () => {
    const ticket = await ticketOf('owner');
    const again = await fetch(`${service.url}/api/tickets?ticket=${ticket}`, { method: 'POST' });
    expect([again.status, (await again.json()).error.code]).toEqual([400, 'invalid_request']);
    expect((await fetch(`${service.url}/api/chats?ticket=${ticket}`)).status).toBe(200);
  });

  it('[AUTH-8] gives one to whoever is authenticated, whatever their scopes', async () => {
    for (const who of ['owner', 'reader', 'admin'] as const)
      expect(await ticketOf(who)).toMatch(/^lst_[\w-]{43}$/);
    const refused = await fetch(`${service.url}/api/tickets`, { method: 'POST' });
    expect(refused.status).toBe(401);
    const unknown = await fetch(`${service.url}/api/tickets`, {
      method: 'POST',
      headers: { ...headersOf('owner'), 'content-type': 'application/json' },
      body: '{"scopes":["admin"]}',
    });
    expect(unknown.status).toBe(400);
  });

  it('[AUTH-8] takes it in place of a header, once, with the query that the route has', async () => {
    const url = `${service.url}/api/chats?limit=1&ticket=${await ticketOf('reader')}`;
    expect((await fetch(url)).status).toBe(200);
    const again = await fetch(url);
    expect(again.status).toBe(401);
    expect(again.headers.get('www-authenticate')).toContain('invalid_token');
  });

  it('[AUTH-8] [AUTH-6] gives it the rights of its principal, and no more', async () => {
    const post = async (who: Person) =>
      fetch(`${service.url}/api/chat?ticket=${await ticketOf(who)}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] }),
      });
    const asked = await post('owner');
    const chatId = asked.headers.get('x-chat-id');
    const read = async (who: Person) =>
      (await fetch(`${service.url}/api/chat/${chatId}/export?format=json&ticket=${await ticketOf(who)}`))
        .status;
    await asked.text();
    expect([asked.status, (await post('reader')).status]).toEqual([200, 403]);
    expect([await read('owner'), await read('other')]).toEqual([200, 404]);
  });

  it('[AUTH-8] takes it from an EventSource and for the WebSocket, once', async () => {
    const messages = encodeURIComponent(JSON.stringify([{ role: 'user', content: 'Hello' }]));
    const stream = await fetch(
      `${service.url}/api/v1/llm/complete/stream?messages=${messages}&ticket=${await ticketOf('owner')}`,
    );
    expect(await stream.text()).toContain('Hello');

    const address = `${service.url.replace('http', 'ws')}/sharedb?ticket=${await ticketOf('owner')}`;
    const socket = new WebSocket(address);
    await once(socket, 'open');
    socket.close();
    await expect(once(new WebSocket(address), 'open')).rejects.toThrow('401');
  });

  it.each([MADE_UP, 'lst_', `lst_${'%41'.repeat(1000)}`, 'lst_%ff', 'theirs', ''])(
    '[AUTH-8] refuses what is no ticket: %s',
    async (ticket) => {
      expect((await fetch(`${service.url}/api/chats?ticket=${ticket}`)).status).toBe(401);
    },
  );

  it('[AUTH-8] writes no ticket into the log or an error', async () => {
    const ticket = await ticketOf('owner');
    const paths = ['/api/nothing', '/nothing', '/api/chats', '/api/chats', '/api/chat/%zz', '/sharedb'];
    for (const path of paths) {
      const response = await fetch(`${service.url}${path}?ticket=${ticket}`);
      expect(await response.text()).not.toContain(ticket);
    }
    expect(lines.length).toBeGreaterThan(paths.length);
    expect(lines.join('')).not.toContain('lst_');
  });
});

it('[AUTH-8] [AUTH-1] tickets need no special case on a server without authentication', async () => {
  await using service = await startService();
  const given = await fetch(`${service.url}/api/tickets`, { method: 'POST' });
  const { ticket } = (await given.json()) as { ticket: string };
  expect((await fetch(`${service.url}/api/chats?ticket=${ticket}`)).status).toBe(200);
});
