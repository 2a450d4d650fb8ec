import { once } from 'node:events';
import { authenticatePeople, headersOf, type Person } from '../support/people.ts';
import { codeIn, RawViewer } from '../support/raw-viewer.ts';
import { type Service, startService } from '../support/service.ts';
import { askWithShare, type MadeShare, revoke, share, ticketWith } from '../support/shares.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ authenticate: authenticatePeople });
});
afterAll(() => service[Symbol.asyncDispose]());

async function send(who: Person, method: string, path: string, body?: unknown) {
  const response = await fetch(`${service.url}/api/${path}`, {
    method,
    headers: { ...headersOf(who), ...(body ? { 'content-type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text };
}

async function chat(): Promise<string> {
  const asked = await send('owner', 'POST', 'chat', {
    messages: [
      { role: 'system', content: 'Never mention the moon.' },
      { role: 'user', content: 'Hello' },
    ],
  });
  return asked.headers.get('x-chat-id') ?? '';
}

async function workspace(): Promise<string> {
  const { text } = await send('owner', 'POST', 'workspaces', { name: 'Notes' });
  return JSON.parse(text).workspace.id;
}

const owner = headersOf('owner');
const watch = async (made: MadeShare) =>
  RawViewer.open(service.url, {}, `?ticket=${await ticketWith(service.url, made)}`);

it('[AUTH-7] has the address that browsers have, whoever makes the share', async () => {
  await using behind = await startService({
    authenticate: authenticatePeople,
    config: { server: { publicOrigin: 'https://chat.example' } },
  });
  const asked = await fetch(`${behind.url}/api/chat`, {
    method: 'POST',
    headers: { ...owner, 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] }),
  });
  await asked.text();
  const chatId = asked.headers.get('x-chat-id') ?? '';
  const { url } = await share(behind.url, `chat/${chatId}`, owner);
  expect(url).toMatch(new RegExp(`^https://chat\\.example/view/${chatId}#lsh_`));
});

describe('[AUTH-7] a share', () => {
  it('is shown once, with the address of the live view, and stored as a hash', async () => {
    const chatId = await chat();
    const made = await send('owner', 'POST', `chat/${chatId}/shares`, { expiresAt: '2099-01-01T00:00:00Z' });
    expect(made.status).toBe(201);
    const { token, url, ...rest } = JSON.parse(made.text);
    expect(token).toMatch(/^lsh_[\w-]{43}$/);
    expect(url).toBe(`${service.url}/view/${chatId}#${token}`);
    expect(rest).toEqual({
      id: expect.stringMatching(/^[\w-]{16}$/),
      access: 'read',
      createdAt: expect.any(String),
      expiresAt: '2099-01-01T00:00:00.000Z',
    });
    const { text } = await send('owner', 'GET', `chat/${chatId}/shares`);
    expect(JSON.parse(text)).toEqual({ shares: [{ ...rest, revokedAt: null }], nextCursor: null });
    expect(JSON.stringify(service.query('SELECT * FROM Share'))).not.toContain(token);
  });

  it('is listed in pages, the oldest first', async () => {
    const of = `chat/${await chat()}`;
    const made: string[] = [];
    for (let index = 0; index < 5; index++) made.push((await share(service.url, of, owner)).id);
    const listed: string[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const query = cursor ? `&cursor=${cursor}` : '';
      const page = JSON.parse((await send('owner', 'GET', `${of}/shares?limit=2${query}`)).text);
      listed.push(...page.shares.map(({ id }: { id: string }) => id));
      cursor = page.nextCursor;
    }
    expect(listed.toSorted()).toEqual(made.toSorted());
    expect((await send('owner', 'GET', `${of}/shares?cursor=made-up`)).status).toBe(400);
  });

  it('of one chat is not revoked through another', async () => {
    const [one, other] = [await chat(), await chat()];
    const made = await share(service.url, `chat/${one}`, owner);
    expect((await send('owner', 'DELETE', `chat/${other}/shares/${made.id}`)).status).toBe(404);
    await ticketWith(service.url, made);
    await revoke(service.url, `chat/${one}`, owner, made);
    await revoke(service.url, `chat/${one}`, owner, made);
    expect((await askWithShare(service.url, made.token)).status).toBe(401);
  });

  it('[AUTH-9] that is revoked closes what was opened with it, and nothing else', async () => {
    const of = `chat/${await chat()}`;
    const [revoked, other] = [await share(service.url, of, owner), await share(service.url, of, owner)];
    const [guest, neighbour] = [await watch(revoked), await watch(other)];
    const ticket = await ticketWith(service.url, revoked);
    const closed = once(guest.socket, 'close');
    await revoke(service.url, of, owner, revoked);
    expect((await closed)[0]).toBe(4401);
    await expect(RawViewer.open(service.url, {}, `?ticket=${ticket}`)).rejects.toThrow('401');
    expect(await neighbour.ask({ a: 'pp' })).toMatchObject({ a: 'pp' });
    neighbour.close();
  });

  it('[AUTH-9] closes what was opened with it when it expires', async () => {
    const expiresAt = new Date(Date.now() + 1_000).toISOString();
    const made = await share(service.url, `chat/${await chat()}`, owner, { expiresAt });
    const guest = await watch(made);
    const [code] = await once(guest.socket, 'close');
    expect(code).toBe(4401);
    expect((await askWithShare(service.url, made.token)).status).toBe(401);
  });

  it.each([
    ['chat', chat, {}],
    ['workspaces', workspace, { access: 'write' }],
  ])('is removed with its resource: %s', async (path, create, body) => {
    const of = `${path}/${await create()}`;
    const made = await share(service.url, of, owner, body);
    const guest = await watch(made);
    const closed = once(guest.socket, 'close');
    expect((await send('owner', 'DELETE', of)).status).toBe(204);
    await closed;
    expect(service.query('SELECT * FROM Share WHERE id = ?', made.id)).toEqual([]);
    expect((await askWithShare(service.url, made.token)).status).toBe(401);
  });

  it('shows the chat live, without its system prompt', async () => {
    const chatId = await chat();
    const guest = await watch(await share(service.url, `chat/${chatId}`, owner));
    await guest.ask({ a: 's', c: 'chats', d: chatId, v: null });
    const answered = send('owner', 'POST', 'chat', {
      chatId,
      messages: [{ role: 'user', content: 'And now?' }],
    });
    await guest.ask({ a: 'pp' }, (message) => JSON.stringify(message).includes('And now?'));
    await answered;
    expect(JSON.stringify(guest.heard)).not.toContain('moon');
    guest.close();
  });

  it('does not show what was superseded before', async () => {
    const chatId = await chat();
    const watching = await RawViewer.open(service.url, owner);
    const before = await watching.ask({ a: 's', c: 'chats', d: chatId, v: null });
    expect(JSON.stringify(before)).toContain('"content":"Hello"');
    const [question] = JSON.parse((await send('owner', 'GET', `chat/${chatId}`)).text).messages;
    const edited = send('owner', 'POST', `chat/${chatId}/edit`, {
      messageId: question.id,
      content: 'Good day',
    });
    await watching.ask({ a: 'pp' }, (message) => JSON.stringify(message).includes('Good day'));
    expect((await edited).status).toBe(200);
    watching.close();
    const guest = await watch(await share(service.url, `chat/${chatId}`, owner));
    const { data } = await guest.ask({ a: 's', c: 'chats', d: chatId, v: null });
    expect(JSON.stringify(data)).toContain('Good day');
    const hasError = ({ error }: Record<string, unknown>) => error !== undefined;
    const refused = await guest.ask({ a: 'f', c: 'chats', d: chatId, v: 0 }, hasError);
    expect(codeIn(refused)).toBe('document_too_old');
    const inBulk = await guest.ask({ a: 'bf', c: 'chats', b: { [chatId]: 0 } }, hasError);
    expect(codeIn(inBulk)).toBe('document_too_old');
    // Its title is that of the first question.
    expect(JSON.stringify(guest.heard)).not.toContain('"content":"Hello"');
    guest.close();
  });

  it('that allows to write shows no version from before it was made, and all since', async () => {
    const id = await workspace();
    const editor = await RawViewer.open(service.url, owner);
    const { data } = await editor.ask({ a: 's', c: 'workspaces', d: id, v: null });
    const { v } = data as { v: number };
    const create = (version: number, file: string, viewer: RawViewer) =>
      viewer.ask({
        a: 'op',
        c: 'workspaces',
        d: id,
        v: version,
        seq: version,
        x: {},
        op: [{ p: ['files', file], oi: { name: `${file}.txt`, text: `text of ${file}` } }],
      });
    const [before, later, own] = ['SecretSecretSecr', 'LaterLaterLaterL', 'OwnOwnOwnOwnOwnO'];
    await create(v, before, editor);
    const { v: now } = (await editor.ask({ a: 'f', c: 'workspaces', d: id, v: null })).data as { v: number };
    const guest = await watch(await share(service.url, `workspaces/${id}`, owner, { access: 'write' }));
    await create(now, later, editor);
    const hasError = ({ error }: Record<string, unknown>) => error !== undefined;
    for (const request of [
      { a: 'f', c: 'workspaces', d: id, v },
      { a: 's', c: 'workspaces', d: id, v },
      { a: 'bf', c: 'workspaces', b: { [id]: v } },
      {
        a: 'op',
        c: 'workspaces',
        d: id,
        v,
        seq: 1,
        x: {},
        op: [{ p: ['files', own], oi: { name: 'a', text: '' } }],
      },
    ]) {
      expect(codeIn(await guest.ask(request, hasError))).toBe('document_too_old');
    }
    expect(JSON.stringify(guest.heard)).not.toContain('text of');
    guest.say({ a: 's', c: 'workspaces', d: id, v: now });
    await guest.ask({ a: 'pp' }, () => JSON.stringify(guest.heard).includes(`text of ${later}`));
    await create(now, own, guest);
    expect(guest.heard.filter(hasError)).toHaveLength(4);
    expect(JSON.stringify(guest.heard)).not.toContain(before);
    editor.close();
    guest.close();
  });

  it.each([
    ['malformed', 'lsh_'],
    ['made up', `lsh_${'A'.repeat(43)}`],
    ['long', 'A'.repeat(200)],
  ])('that is %s is 401', async (_, token) => {
    expect((await askWithShare(service.url, token)).status).toBe(401);
  });

  it.each([['A'.repeat(1_000)], [1], [{ token: 'A' }], [null]])('is a text: not %.20j', async (token) => {
    expect((await askWithShare(service.url, token)).status).toBe(400);
  });

  it('[LIMIT-2] that is enormous is not read, because nobody is known yet', async () => {
    expect((await askWithShare(service.url, 'A'.repeat(100_000))).status).toBe(413);
  });

  it.each([
    ['expired', { expiresAt: '2001-01-01T00:00:00Z' }],
    ['with a time that is none', { expiresAt: 'tomorrow' }],
    ['with more access to a chat', { access: 'write' }],
  ])('is not made %s', async (_, body) => {
    expect((await send('owner', 'POST', `chat/${await chat()}/shares`, body)).status).toBe(400);
  });

  it('[AUTH-12] is audited when it is made and when it is revoked, once', async () => {
    const of = `workspaces/${await workspace()}`;
    const made = await share(service.url, of, owner, { access: 'read' });
    await revoke(service.url, of, owner, made);
    await revoke(service.url, of, owner, made);
    const { entries } = JSON.parse((await send('admin', 'GET', 'audit')).text);
    const own = entries.filter(({ resourceId }: { resourceId: string }) => resourceId === made.id);
    expect(own).toMatchObject([
      { action: 'share.revoked', resource: 'share', userId: 'alice' },
      { action: 'share.created', resource: 'share', userId: 'alice' },
    ]);
  });
});

it('[AUTH-10] wrong tokens of shares count as failed attempts, and good ones are accepted all the same', async () => {
  await using fresh = await startService();
  const asked = await fetch(`${fresh.url}/api/chat`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] }),
  });
  const made = await share(fresh.url, `chat/${asked.headers.get('x-chat-id')}`, {});
  await ticketWith(fresh.url, made);
  for (let attempt = 0; attempt < 20; attempt++)
    expect((await askWithShare(fresh.url, `lsh_${attempt}`)).status).toBe(401);
  expect((await askWithShare(fresh.url, 'lsh_')).status).toBe(429);
  await ticketWith(fresh.url, made);
});
