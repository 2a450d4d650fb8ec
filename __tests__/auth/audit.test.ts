import { jest } from '@jest/globals';
import { pino } from 'pino';
import { AdminAccess } from '../../src/auth/admin-access.ts';
import { Audit } from '../../src/auth/audit.ts';
import type { AuditEntry } from '../../src/auth/audit-entry.ts';
import { ClientAddresses } from '../../src/auth/client-addresses.ts';
import { LOCAL, type Principal } from '../../src/auth/principal.ts';
import { StorageError } from '../../src/errors.ts';
import { authenticatePeople, headersOf, type Person } from '../support/people.ts';
import { RawViewer } from '../support/raw-viewer.ts';
import { type Service, startService } from '../support/service.ts';

const LOOPBACK = expect.stringContaining('127.0.0.1');

let service: Service;
beforeEach(async () => {
  service = await startService({ authenticate: authenticatePeople });
});
afterEach(() => service[Symbol.asyncDispose]());

async function send(
  who: Person | 'anonymous',
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const response = await fetch(`${service.url}${path}`, {
    method,
    headers: { ...headersOf(who), ...headers, ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, headers: response.headers, text: await response.text() };
}

async function chatOf(who: Person): Promise<string> {
  const asked = await send(who, 'POST', '/api/chat', {
    messages: [{ role: 'user', content: 'A private text' }],
  });
  return asked.headers.get('x-chat-id') ?? '';
}

async function workspaceOf(who: Person): Promise<string> {
  const { text } = await send(who, 'POST', '/api/workspaces', { name: 'Private notes' });
  return JSON.parse(text).workspace.id;
}

/** The entries of a tenant, oldest first, as its administrator reads them. */
async function entries(who: Person = 'admin'): Promise<AuditEntry[]> {
  return JSON.parse((await send(who, 'GET', '/api/audit')).text).entries.toReversed();
}

describe('[AUTH-12] the audit log', () => {
  it('has deletions and exports, without any text', async () => {
    const [chatId, workspaceId] = [await chatOf('owner'), await workspaceOf('owner')];
    expect((await send('owner', 'GET', `/api/chat/${chatId}/export`)).status).toBe(200);
    expect((await send('owner', 'DELETE', `/api/chat/${chatId}`)).status).toBe(204);
    expect((await send('owner', 'DELETE', `/api/workspaces/${workspaceId}`)).status).toBe(204);
    const who = { userId: 'alice', credential: null, address: LOOPBACK };
    expect(await entries()).toMatchObject([
      { ...who, action: 'chat.exported', resource: 'chat', resourceId: chatId },
      { ...who, action: 'chat.deleted', resource: 'chat', resourceId: chatId },
      { ...who, action: 'workspace.deleted', resource: 'workspace', resourceId: workspaceId },
    ]);
    expect(JSON.stringify(service.query('SELECT * FROM "AuditEntry"'))).not.toMatch(/private/i);
  });

  it('has what administrators did to resources of others, over HTTP and ShareDB, each once a minute', async () => {
    const [chatId, workspaceId] = [await chatOf('owner'), await workspaceOf('owner')];
    for (let times = 0; times < 3; times++) await send('admin', 'GET', `/api/chat/${chatId}`);
    const viewer = await RawViewer.open(service.url, headersOf('admin'));
    try {
      for (let times = 0; times < 2; times++)
        await viewer.ask({ a: 'f', c: 'workspaces', d: workspaceId, v: null });
    } finally {
      viewer.close();
    }
    const own = await chatOf('admin');
    expect((await send('admin', 'GET', `/api/chat/${own}`)).status).toBe(200);
    const who = { userId: 'root', action: 'admin.accessed' };
    expect(await entries()).toMatchObject([
      { ...who, resource: 'chat', resourceId: chatId, address: LOOPBACK },
      { ...who, resource: 'workspace', resourceId: workspaceId, address: null },
    ]);
  });

  const text = { role: 'user', content: 'An order' };
  it.each([
    [
      'in the body of a question',
      (chatId: string) => ['/api/chat', { chatId, messages: [text] }, {}] as const,
    ],
    [
      'in the body of useChat',
      (chatId: string) =>
        [
          '/api/chat',
          {
            id: chatId,
            trigger: 'submit-message',
            messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'An order' }] }],
          },
          {},
        ] as const,
    ],
    [
      'in the header of an OpenAI client',
      (chatId: string) => ['/v1/chat/completions', { messages: [text] }, { 'x-chat-id': chatId }] as const,
    ],
    [
      'in the question of EventSource',
      (chatId: string) => ['/api/v1/llm/complete', { chatId, messages: [text] }, {}] as const,
    ],
  ])("has an administrator who names somebody else's chat %s", async (_, requestFor) => {
    const chatId = await chatOf('owner');
    const [path, body, headers] = requestFor(chatId);
    const { status } = await send('admin', 'POST', path, body, headers);
    expect(status).toBe(200);
    expect(await entries()).toMatchObject([
      { userId: 'root', action: 'admin.accessed', resource: 'chat', resourceId: chatId, address: LOOPBACK },
    ]);
  });

  it("has an administrator who names somebody else's chat for an edit of a workspace", async () => {
    const [chatId, workspaceId] = [await chatOf('owner'), await workspaceOf('admin')];
    await send('admin', 'POST', `/api/workspaces/${workspaceId}/edit`, { prompt: 'Tidy up.', chatId });
    expect(await entries()).toMatchObject([{ action: 'admin.accessed', resourceId: chatId }]);
  });

  it("has an administrator who reads somebody else's run by the last id of an EventSource", async () => {
    const chatId = await chatOf('owner');
    const [run] = service.query<{ id: string }>('SELECT id FROM Run WHERE chatId = ?', chatId);
    const question = encodeURIComponent(JSON.stringify([text]));
    const path = `/api/v1/llm/complete/stream?messages=${question}`;
    const headers = { 'last-event-id': `${run?.id}:0` };
    expect((await send('admin', 'GET', path, undefined, headers)).status).toBe(200);
    expect(await entries()).toMatchObject([
      { action: 'admin.accessed', resource: 'run', resourceId: run?.id, address: LOOPBACK },
    ]);
  });

  it('has an administrator who takes the id of a workspace of somebody else', async () => {
    const id = await workspaceOf('owner');
    expect((await send('admin', 'POST', '/api/workspaces', { id, name: 'Mine' })).status).toBe(400);
    expect(await entries()).toMatchObject([
      { action: 'admin.accessed', resource: 'workspace', resourceId: id },
    ]);
  });

  it('has nothing of what was refused, and nothing of other tenants', async () => {
    const chatId = await chatOf('owner');
    for (const who of ['anonymous', 'reader', 'other', 'stranger', 'foreignAdmin'] as const)
      expect((await send(who, 'DELETE', `/api/chat/${chatId}`)).status).toBeGreaterThanOrEqual(401);
    await send('owner', 'DELETE', '/api/chat/nothing');
    await send('owner', 'GET', '/api/chat/nothing/export');
    expect(service.query('SELECT * FROM "AuditEntry"')).toEqual([]);
    await send('owner', 'DELETE', `/api/chat/${chatId}`);
    expect(await entries()).toHaveLength(1);
    expect(await entries('foreignAdmin')).toEqual([]);
  });
});

describe('[AUTH-12] an audit entry', () => {
  const ADMIN: Principal = {
    ...LOCAL,
    userId: 'root',
    credential: { kind: 'key', id: 'k', expiresAt: null },
  };

  it('that cannot be stored is logged, and does not fail what it is about', async () => {
    const lines: string[] = [];
    const logger = pino({}, { write: (line: string) => void lines.push(line) });
    const failing = {
      append: () => Promise.reject(new StorageError('disk full')),
      list: async () => ({ items: [], nextCursor: null }),
    };
    await new Audit(failing, new ClientAddresses([]), logger).record(ADMIN, 'chat.deleted', 'chat', 'a');
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      {
        level: 50,
        userId: 'root',
        action: 'chat.deleted',
        resourceId: 'a',
        msg: 'an audit entry could not be stored',
      },
    ]);
  });

  it('of an administrator is written again after a minute, and for each credential and resource', async () => {
    jest.useFakeTimers();
    try {
      const recorded: string[] = [];
      const access = new AdminAccess({
        record: async ({ credential }, _action, _resource, id) =>
          void recorded.push(`${credential?.id} ${id}`),
      });
      const other: Principal = { ...ADMIN, credential: { kind: 'key', id: 'l', expiresAt: null } };
      await access.record(ADMIN, 'chat', 'a', undefined);
      jest.advanceTimersByTime(59_999);
      await access.record(ADMIN, 'chat', 'a', undefined);
      await access.record(other, 'chat', 'a', undefined);
      await access.record(ADMIN, 'chat', 'b', undefined);
      jest.advanceTimersByTime(1);
      await access.record(ADMIN, 'chat', 'a', undefined);
      expect(recorded).toEqual(['k a', 'l a', 'k b', 'k a']);
    } finally {
      jest.useRealTimers();
    }
  });
});
