import { randomUUID } from 'node:crypto';
import { documentedOperations } from '../support/operations.ts';
import { authenticatePeople, headersOf, type Person } from '../support/people.ts';
import { type Service, startService } from '../support/service.ts';
import { type MadeShare, revoke, share, ticketWith } from '../support/shares.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ authenticate: authenticatePeople });
});
afterAll(() => service[Symbol.asyncDispose]());

interface Resources {
  chatId: string;
  runId: string;
  workspaceId: string;
  fileId: string;
}

async function post(who: Person, path: string, body: unknown): Promise<Response> {
  return fetch(`${service.url}${path}`, {
    method: 'POST',
    headers: { ...headersOf(who), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

/** A chat with an answer, a workspace, and a file. */
async function resourcesOf(who: Person): Promise<Resources> {
  const asked = await post(who, '/api/chat', { messages: [{ role: 'user', content: 'Hello' }] });
  await asked.text();
  const created = await post(who, '/api/workspaces', { name: 'Notes' });
  const { workspace } = (await created.json()) as { workspace: { id: string } };
  const body = `Notes of ${who}`;
  const uploaded = await fetch(`${service.url}/api/files`, { method: 'POST', headers: headersOf(who), body });
  return {
    chatId: asked.headers.get('x-chat-id') ?? '',
    runId: asked.headers.get('x-run-id') ?? '',
    workspaceId: workspace.id,
    fileId: ((await uploaded.json()) as { id: string }).id,
  };
}

const absentResources = (): Resources => ({
  chatId: randomUUID(),
  runId: randomUUID(),
  workspaceId: randomUUID(),
  fileId: randomUUID(),
});

const operations = documentedOperations.map((operation) => {
  const name = `${operation.method.toUpperCase()} ${operation.path}`;
  return [name, operation] as const;
});
const owned = operations.filter(
  ([, { needs, path }]) => needs !== 'public' && /\{(chatId|runId|workspaceId|fileId)\}/.test(path),
);

interface Reply {
  status: number;
  body: string;
  headers: Headers;
}

async function send(
  { method, path, body }: (typeof documentedOperations)[number],
  ids: Resources,
  who: Person | 'anonymous',
  query = '',
): Promise<Reply> {
  const address = path
    .replace('{chatId}', ids.chatId)
    .replace('{runId}', ids.runId)
    .replace('{workspaceId}', ids.workspaceId)
    .replace('{fileId}', ids.fileId)
    .replace(/\{\w+\}/, 'x');
  const response = await fetch(`${service.url}${address}${query}`, {
    method: method.toUpperCase(),
    headers: { ...headersOf(who), ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: '{}' } : {}),
  });
  return { status: response.status, body: await response.text(), headers: response.headers };
}

/** A reply without what differs between any two: the ids that were asked for, and the request's own. */
function anonymized({ status, body }: Reply, ids: Resources): object {
  const known = Object.values(ids).reduce((text, id) => text.replaceAll(id, 'ID'), body);
  return { status, body: known.replace(/"requestId":"[^"]+"/, '') };
}

describe('every documented operation', () => {
  it.each(operations)('[AUTH-2] declares what it needs, and needs a credential: %s', async (_, operation) => {
    const ids = absentResources();
    const { status, headers, body } = await send(operation, ids, 'anonymous');
    // Its handler asks for the credential, which may be in the body.
    if (operation.needs === 'public' && operation.path !== '/api/tickets') {
      expect(status).not.toBe(401);
      return;
    }
    expect(status).toBe(401);
    expect(headers.get('www-authenticate')).toContain('Bearer');
    expect(JSON.parse(body)).toMatchObject({ error: { message: expect.stringContaining('Authorization') } });
  });

  describe.each<Person>(['other', 'stranger', 'foreignAdmin'])('for %s', (who) => {
    let ids: Resources;
    beforeAll(async () => {
      ids = await resourcesOf('owner');
    });

    it.each(owned)('[AUTH-6] is the same 404 as for what does not exist: %s', async (_, operation) => {
      const absent = absentResources();
      const foreign = await send(operation, ids, who);
      expect(foreign.status).toBe(404);
      expect(anonymized(foreign, ids)).toEqual(anonymized(await send(operation, absent, who), absent));
    });

    it('[AUTH-6] leaves everything as it was', async () => {
      const chat = await send(operationNamed('GET /api/chat/{chatId}'), ids, 'owner');
      expect(JSON.parse(chat.body)).toMatchObject({
        messages: [{ content: 'Hello' }, { status: 'complete' }],
      });
      const workspace = await send(operationNamed('GET /api/workspaces/{workspaceId}'), ids, 'owner');
      expect(JSON.parse(workspace.body)).toMatchObject({ workspace: { name: 'Notes' } });
    });
  });

  describe.each<Person>(['owner', 'admin'])('for %s', (who) => {
    let ids: Resources;
    beforeAll(async () => {
      ids = await resourcesOf('owner');
    });

    it.each(owned)('[AUTH-6] exists: %s', async (_, operation) => {
      const { status, body } = await send(operation, ids, who);
      expect(status === 404 ? body : '').not.toMatch(new RegExp(Object.values(ids).join('|')));
      expect([200, 201, 202, 204, 400, 404, 409]).toContain(status);
    });
  });

  describe('for a credential that may only read', () => {
    let ids: Resources;
    beforeAll(async () => {
      ids = await resourcesOf('owner');
    });

    it.each(owned)('[AUTH-10] reads, and is refused by the name of the scope: %s', async (_, operation) => {
      const { needs } = operation;
      const { status, body } = await send(operation, ids, 'reader');
      if (needs === 'public' || needs.action !== 'write') expect([200, 204, 400]).toContain(status);
      else {
        expect(status).toBe(403);
        expect(JSON.parse(body)).toMatchObject({
          error: { code: 'forbidden', message: expect.stringContaining('"chat"') },
        });
      }
    });
  });
});

describe.each([
  ['a chat', {}],
  ['a workspace, to read', { access: 'read' }],
  ['a workspace, to write', { access: 'write' }],
])('for the holder of a share of %s', (what, body) => {
  let ids: Resources;
  let held: MadeShare;
  /** Replies after the share was revoked, by the operation. */
  const revoked = new Map<string, number>();
  // A server for each of them, because refused requests count as failed attempts.
  let common: Service;
  beforeAll(async () => {
    common = service;
    service = await startService({ authenticate: authenticatePeople });
    ids = await resourcesOf('owner');
    const of = what === 'a chat' ? `chat/${ids.chatId}` : `workspaces/${ids.workspaceId}`;
    held = await share(service.url, of, headersOf('owner'), body);
    await ticketWith(service.url, held);
    const other = await share(service.url, of, headersOf('owner'), body);
    const tickets = await Promise.all(needing.map(() => ticketWith(service.url, other)));
    await revoke(service.url, of, headersOf('owner'), other);
    for (const [index, [name, operation]] of needing.entries()) {
      const query = `?ticket=${tickets[index]}`;
      revoked.set(name, (await send(operation, ids, 'anonymous', query)).status);
    }
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    service = common;
  });
  const needing = operations.filter(([, { needs }]) => needs !== 'public');

  it.each(needing)('[AUTH-7] is refused, whatever it is about: %s', async (_, operation) => {
    const absent = absentResources();
    const ask = async (about: Resources) =>
      send(operation, about, 'anonymous', `?ticket=${await ticketWith(service.url, held)}`);
    const reply = await ask(ids);
    expect(reply.status).toBe(403);
    expect(anonymized(reply, ids)).toEqual(anonymized(await ask(absent), absent));
  });

  it.each(needing)('[AUTH-7] [AUTH-9] is 401 after it was revoked: %s', (name) => {
    expect(revoked.get(name)).toBe(401);
  });
});

const MINE = { role: 'user', content: 'Mine?' };

function uiQuestion(id: string): object {
  const parts = [{ type: 'text', text: 'Mine?' }];
  return { id, trigger: 'submit-message', messages: [{ id: 'm1', role: 'user', parts }] };
}

function operationNamed(name: string) {
  const [, operation] = operations.find(([known]) => known === name) ?? [];
  if (!operation) throw new Error(`There is no ${name}.`);
  return operation;
}

describe('what belongs to somebody else', () => {
  it.each([
    ['/api/chats', 'chats'],
    ['/api/workspaces', 'workspaces'],
    ['/api/runs?status=live', 'runs'],
  ])('[AUTH-6] is absent from %s', async (path, field) => {
    const ids = await resourcesOf('owner');
    for (const who of ['other', 'stranger', 'admin'] as const) {
      const response = await fetch(`${service.url}${path}`, { headers: headersOf(who) });
      const body = await response.text();
      expect(JSON.parse(body)).toHaveProperty(field);
      for (const id of Object.values(ids)) expect(body).not.toContain(id);
    }
  });

  it('[AUTH-6] is absent from the usage of others, and counted for those who may see all', async () => {
    const { runId } = await resourcesOf('owner');
    const usageOf = async (who: Person) =>
      (await fetch(`${service.url}/api/usage`, { headers: headersOf(who) })).text();
    expect(await usageOf('owner')).toContain(runId);
    expect(await usageOf('admin')).toContain(runId);
    for (const who of ['other', 'stranger', 'foreignAdmin'] as const) {
      expect(await usageOf(who)).not.toContain(runId);
    }
  });

  it.each([
    ['the native protocol', (chatId: string) => ({ chatId, messages: [{ role: 'user', content: 'Mine?' }] })],
    [
      'useChat',
      (chatId: string) => ({
        id: chatId,
        trigger: 'submit-message',
        messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'Mine?' }] }],
      }),
    ],
  ])('[AUTH-6] cannot be written to through %s', async (_, bodyFor) => {
    const { chatId } = await resourcesOf('owner');
    const response = await post('other', '/api/chat', bodyFor(chatId));
    expect(response.status).toBe(404);
    expect(service.query('SELECT * FROM Message WHERE chatId = ?', chatId)).toHaveLength(2);
  });

  it.each([
    ['useChat', (chatId: string) => ['/api/chat', uiQuestion(chatId), {}] as const],
    ['the native protocol', (chatId: string) => ['/api/chat', { chatId, messages: [MINE] }, {}] as const],
    [
      'the OpenAI protocol',
      (chatId: string) => ['/v1/chat/completions', { messages: [MINE] }, { 'x-chat-id': chatId }] as const,
    ],
  ])('[AUTH-6] is not stopped, and not said to be busy, by a question through %s', async (_, requestFor) => {
    service.simulator.setBehaviour({ chunks: ['Hello', ' there'], delayMs: 3_600_000, firstDelayMs: 0 });
    const asked = await post('owner', '/api/chat', { messages: [MINE] });
    const chatId = asked.headers.get('x-chat-id') ?? '';
    const runId = asked.headers.get('x-run-id') ?? '';
    const [path, body, headers] = requestFor(chatId);
    const response = await fetch(`${service.url}${path}`, {
      method: 'POST',
      headers: { ...headersOf('other'), 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    });
    expect(response.status).toBe(404);
    expect(`${await response.text()} ${JSON.stringify([...response.headers])}`).not.toContain(runId);
    const run = await fetch(`${service.url}/api/runs/${runId}`, { headers: headersOf('owner') });
    expect(await run.json()).toMatchObject({ terminal: null });
    service.simulator.setBehaviour({ chunks: ['Hello', ' there'], delayMs: 0, firstDelayMs: 0 });
    await post('owner', `/api/runs/${runId}/stop`, {});
    await asked.text();
  });

  it('[AUTH-6] [EDIT-1] keeps its owner when an administrator edits it first', async () => {
    const { workspaceId } = await resourcesOf('owner');
    const edited = await post('admin', `/api/workspaces/${workspaceId}/edit`, { prompt: 'Tidy up.' });
    await edited.text();
    expect(edited.status).toBe(200);
    const again = await post('owner', `/api/workspaces/${workspaceId}/edit`, { prompt: 'And again.' });
    await again.text();
    expect(again.status).toBe(200);
  });

  it('[AUTH-6] cannot be written to through the OpenAI protocol, whose error has its shape', async () => {
    const { chatId } = await resourcesOf('owner');
    const response = await fetch(`${service.url}/v1/chat/completions`, {
      method: 'POST',
      headers: { ...headersOf('other'), 'content-type': 'application/json', 'x-chat-id': chatId },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'Mine?' }] }),
    });
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: { type: expect.any(String) } });
  });

  it('[AUTH-6] is not followed with the last event id of an EventSource', async () => {
    const { runId } = await resourcesOf('owner');
    const messages = JSON.stringify([{ role: 'user', content: 'Hello' }]);
    const response = await fetch(
      `${service.url}/api/v1/llm/complete/stream?messages=${encodeURIComponent(messages)}`,
      { headers: { ...headersOf('other'), 'last-event-id': `${runId}:0` } },
    );
    expect(response.status).toBe(404);
  });

  it('[AUTH-6] [CHAT-8] does not take the idempotency key of others', async () => {
    const ask = (who: Person) =>
      fetch(`${service.url}/api/chat`, {
        method: 'POST',
        headers: { ...headersOf(who), 'content-type': 'application/json', 'idempotency-key': 'the same' },
        body: JSON.stringify({ messages: [{ role: 'user', content: who }] }),
      });
    const replies = await Promise.all([ask('owner'), ask('other'), ask('stranger')]);
    expect(replies.map(({ status }) => status)).toEqual([200, 200, 200]);
    const runs = replies.map(({ headers }) => headers.get('x-run-id'));
    expect(new Set(runs).size).toBe(3);
    expect((await ask('owner')).headers.get('x-run-id')).toBe(runs[0]);
  });
});
