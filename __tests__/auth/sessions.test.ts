import { once } from 'node:events';
import { createKey, revokeKey } from '../support/keys.ts';
import { CookieJar } from '../support/lying-provider.ts';
import { RawViewer } from '../support/raw-viewer.ts';
import { type Service, startService } from '../support/service.ts';

const KEYS = { auth: { methods: ['keys' as const] } };
const OTHER_ORIGIN = 'https://other.example';

let service: Service;
beforeAll(async () => {
  service = await startService({ config: KEYS });
});
afterAll(() => service[Symbol.asyncDispose]());

/** As a page of the server sends it; `headers` may say otherwise. */
function send(method: string, path: string, headers: Record<string, string> = {}, body?: unknown) {
  const all = new Headers(headers);
  if (method !== 'GET' && !all.has('origin')) all.set('origin', service.url);
  if (body !== undefined) all.set('content-type', 'application/json');
  return fetch(`${service.url}${path}`, {
    method,
    headers: all,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

const signIn = (key: string, headers: Record<string, string> = {}) =>
  send('POST', '/api/session', headers, { key });

/** What a browser keeps of the cookie. */
function cookieIn(response: Response): string {
  return (response.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
}

/** That of the server, which has another port in its name than those of other servers here. */
const cookieOf = (secret: string) => `lss_session_${new URL(service.url).port}=${secret}`;

async function signedIn(request: Parameters<typeof createKey>[1] = {}) {
  const key = await createKey(service.databaseFile, request);
  return { key, cookie: cookieIn(await signIn(key.text)) };
}

const statusOf = async (cookie: string) => (await send('GET', '/api/chats', { cookie })).status;

/** Asks until a request is refused: at the latest when the server's memory of a second is over. */
async function refused(cookie: string): Promise<number> {
  const until = performance.now() + 60_000;
  let status = await statusOf(cookie);
  while (status !== 401 && performance.now() < until) status = await statusOf(cookie);
  return status;
}

const sessions = () => service.query<{ id: string }>('SELECT id FROM Session');

describe('signing in with a key', () => {
  it('[AUTH-5] exchanges it for a cookie that no script can read, and stores neither', async () => {
    const key = await createKey(service.databaseFile, { name: 'me', userId: 'ada', scopes: ['chat'] });
    const response = await signIn(` ${key.text}\n`);
    expect(response.status).toBe(201);
    const user = { userId: 'ada', tenantId: 'default', name: 'me', scopes: ['chat'] };
    expect(await response.json()).toEqual({ user, methods: ['keys'], identityProvider: null });
    expect(response.headers.get('set-cookie')).toMatch(
      /^lss_session_\d+=[\w-]{43}; Path=\/; Max-Age=34560000; HttpOnly; SameSite=Lax$/,
    );
    const cookie = cookieIn(response);
    const who = await send('GET', '/api/session', { cookie });
    expect(await who.json()).toEqual({ user, methods: ['keys'], identityProvider: null });
    expect(await statusOf(cookie)).toBe(200);
    const stored = JSON.stringify(service.query('SELECT * FROM Session'));
    expect(stored).not.toContain(cookie.split('=')[1]);
    expect(stored).not.toContain(key.text);
  });

  it('[AUTH-5] says who is not signed in, and how one can', async () => {
    const response = await send('GET', '/api/session');
    expect(await response.json()).toEqual({ user: null, methods: ['keys'], identityProvider: null });
    const forged = await send('GET', '/api/session', { cookie: cookieOf('a'.repeat(43)) });
    expect(await forged.json()).toEqual({ user: null, methods: ['keys'], identityProvider: null });
    expect(await statusOf(`${cookieOf('x')}; other=1`)).toBe(401);
  });

  it('[AUTH-5] [AUTH-10] refuses wrong keys, audits one of them, and looks at no more after 20', async () => {
    await using own = await startService({ config: KEYS });
    const key = await createKey(own.databaseFile);
    const attempt = (text: string) =>
      fetch(`${own.url}/api/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ key: text }),
      });
    for (let time = 1; time <= 20; time++) expect((await attempt(`${key.text}${time}`)).status).toBe(401);
    const blocked = await attempt(key.text);
    expect(blocked.status).toBe(429);
    expect(Number(blocked.headers.get('retry-after'))).toBeGreaterThan(0);
    // Attempts with a header count together with these.
    const byHeader = await fetch(`${own.url}/api/chats`, { headers: { 'x-api-key': key.text } });
    expect(byHeader.status).toBe(429);
    expect(own.query('SELECT 1 FROM Session')).toEqual([]);
    expect(own.query("SELECT * FROM AuditEntry WHERE resource = 'session'")).toMatchObject([
      { action: 'session.refused', userId: 'anonymous', resourceId: 'key', credentialId: null },
    ]);
  });

  it('[AUTH-5] does not exist where keys are not accepted; there everybody is `local`', async () => {
    await using open = await startService();
    const who = await fetch(`${open.url}/api/session`);
    expect(await who.json()).toMatchObject({ user: { userId: 'local' }, methods: [] });
    const response = await fetch(`${open.url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"key":"lss_x"}',
    });
    expect(response.status).toBe(404);
  });

  it('[AUTH-5] keeps the cookie to HTTPS where the public origin is', async () => {
    await using own = await startService({
      config: { ...KEYS, server: { publicOrigin: 'https://chat.example' } },
    });
    const { text } = await createKey(own.databaseFile);
    const response = await fetch(`${own.url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: text }),
    });
    expect(response.headers.get('set-cookie')).toMatch(/^__Host-lss_session=.*; Path=\/;.*; Secure$/);
    const cookie = cookieIn(response);
    const read = (value: string) => fetch(`${own.url}/api/chats`, { headers: { cookie: value } });
    expect((await read(cookie)).status).toBe(200);
    // One that could have been set without HTTPS is ignored.
    expect((await read(cookie.replace('__Host-', ''))).status).toBe(401);
  });
});

describe('a session', () => {
  it('[AUTH-5] [AUTH-12] ends everywhere when one signs out, and is audited', async () => {
    const { cookie, key } = await signedIn();
    const viewer = await RawViewer.open(service.url, { cookie, origin: service.url });
    const closed = once(viewer.socket, 'close');
    const response = await send('DELETE', '/api/session', { cookie });
    expect(response.status).toBe(204);
    expect(response.headers.get('set-cookie')).toMatch(/^lss_session_\d+=; Path=\/; Max-Age=0; HttpOnly/);
    expect(await statusOf(cookie)).toBe(401);
    expect((await closed)[0]).toBe(4401);
    const entries = service
      .query<{ action: string; credentialKind: string; credentialId: string; resourceId: string }>(
        "SELECT * FROM AuditEntry WHERE resource = 'session' ORDER BY id DESC LIMIT 2",
      )
      .map(({ action, credentialKind, credentialId, resourceId }) => ({
        action,
        credentialKind,
        isKey: credentialId === key.id,
        isSession: credentialId === resourceId,
      }));
    expect(entries).toEqual([
      { action: 'session.ended', credentialKind: 'session', isKey: false, isSession: true },
      { action: 'session.created', credentialKind: 'key', isKey: true, isSession: false },
    ]);
    // Again, or without any: nothing to do.
    expect((await send('DELETE', '/api/session', { cookie })).status).toBe(204);
    expect((await send('DELETE', '/api/session')).status).toBe(204);
  });

  it('[AUTH-5] [AUTH-9] ends with the key that it was made with', async () => {
    const { cookie, key } = await signedIn();
    const viewer = await RawViewer.open(service.url, { cookie, origin: service.url });
    const closed = once(viewer.socket, 'close');
    expect(await statusOf(cookie)).toBe(200);
    await revokeKey(service.databaseFile, key.id);
    expect(await refused(cookie)).toBe(401);
    expect((await closed)[0]).toBe(4401);
  });

  it('[AUTH-5] has the user, scopes and models of the key, and sees the chats of its user', async () => {
    const { cookie } = await signedIn({ userId: 'ada', scopes: ['read'] });
    const response = await send('POST', '/api/workspaces', { cookie }, { name: 'Notes' });
    expect(response.status).toBe(403);
    const writer = await signedIn({ userId: 'ada' });
    const created = await send('POST', '/api/workspaces', { cookie: writer.cookie }, { name: 'Notes' });
    const { workspace } = (await created.json()) as { workspace: { id: string } };
    expect((await send('GET', `/api/workspaces/${workspace.id}`, { cookie })).status).toBe(200);
    const { cookie: other } = await signedIn({ userId: 'bob' });
    expect((await send('GET', `/api/workspaces/${workspace.id}`, { cookie: other })).status).toBe(404);
  });

  it('[AUTH-5] ends when somebody signs in again with the same browser', async () => {
    const { cookie } = await signedIn({ userId: 'ada' });
    const { text } = await createKey(service.databaseFile, { userId: 'bob' });
    const other = cookieIn(await signIn(text, { cookie }));
    expect(await statusOf(other)).toBe(200);
    expect(await statusOf(cookie)).toBe(401);
    expect(
      service.query(
        "SELECT userId, action FROM AuditEntry WHERE resource = 'session' ORDER BY id DESC LIMIT 2",
      ),
    ).toEqual([
      { userId: 'ada', action: 'session.ended' },
      { userId: 'bob', action: 'session.created' },
    ]);
  });

  it('[AUTH-9] closes the stream that it opened within a second when it ends; the run goes on', async () => {
    const { cookie, key } = await signedIn();
    service.simulator.setBehaviour({ chunks: ['Hello', ' there'], delayMs: 3_600_000, firstDelayMs: 0 });
    const body = { messages: [{ role: 'user', content: 'Hello' }] };
    const stream = await send('POST', '/api/chat', { cookie }, body);
    expect(stream.status).toBe(200);
    expect((await send('DELETE', '/api/session', { cookie })).status).toBe(204);
    await expect(stream.text()).rejects.toThrow();
    const byKey = { 'x-api-key': key.text };
    const runId = stream.headers.get('x-run-id') ?? '';
    const run = await send('GET', `/api/runs/${runId}`, byKey);
    expect(await run.json()).toMatchObject({ terminal: null });
    expect((await send('POST', `/api/runs/${runId}/stop`, byKey)).status).toBe(202);
    service.simulator.setBehaviour({ chunks: ['Hello', ' there'], delayMs: 0, firstDelayMs: 0 });
  });

  it('[AUTH-5] is not ended by a sign-in at another server of the same host', async () => {
    await using other = await startService({ config: KEYS });
    const jar = new CookieJar();
    const signInAt = async ({ url, databaseFile }: Service) => {
      const { text } = await createKey(databaseFile);
      const response = await jar.fetch(`${url}/api/session`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: url },
        body: JSON.stringify({ key: text }),
      });
      expect(response.status).toBe(201);
    };
    await signInAt(service);
    await signInAt(other);
    // Browsers send the cookies of a host to all its ports.
    expect(jar.cookies.size).toBe(2);
    for (const { url } of [service, other]) expect((await jar.fetch(`${url}/api/chats`)).status).toBe(200);
    const leave = await jar.fetch(`${other.url}/api/session`, {
      method: 'DELETE',
      headers: { origin: other.url },
    });
    expect(leave.status).toBe(204);
    expect((await jar.fetch(`${service.url}/api/chats`)).status).toBe(200);
  });

  it('[AUTH-5] is not used when a header has a credential', async () => {
    const { cookie } = await signedIn({ userId: 'ada' });
    const { text } = await createKey(service.databaseFile, { userId: 'bob' });
    const as = async (authorization: string) =>
      (await send('GET', '/api/session', { cookie, authorization })).json();
    expect(await as(`Bearer ${text}`)).toMatchObject({ user: { userId: 'bob' } });
    expect(await as(`Bearer ${text}x`)).toMatchObject({ user: null });
  });
});

describe('[AUTH-5] a request with the cookie of a session', () => {
  it('may change something only if it comes from a page of this server', async () => {
    const { cookie } = await signedIn();
    const post = (headers: Record<string, string>) =>
      fetch(`${service.url}/api/workspaces`, {
        method: 'POST',
        headers: { cookie, 'content-type': 'application/json', ...headers },
        body: '{"name":"Notes"}',
      });
    expect((await post({ origin: service.url })).status).toBe(201);
    expect((await post({ 'sec-fetch-site': 'same-origin' })).status).toBe(201);
    const refusals = [
      {},
      { origin: OTHER_ORIGIN },
      { origin: 'null' },
      { origin: 'http://127.0.0.1:1' },
      { 'sec-fetch-site': 'same-site' },
      { 'sec-fetch-site': 'cross-site' },
      { 'sec-fetch-site': 'none' },
    ];
    for (const headers of refusals) {
      const response = await post(headers as Record<string, string>);
      expect([headers, response.status]).toEqual([headers, 403]);
      expect(await response.json()).toMatchObject({ error: { code: 'forbidden_origin' } });
    }
  });

  it('does not come from a listed origin either', async () => {
    await using own = await startService({
      config: { ...KEYS, server: { allowedOrigins: [OTHER_ORIGIN] } },
    });
    const { text } = await createKey(own.databaseFile);
    const post = (path: string, headers: Record<string, string>, body: unknown) =>
      fetch(`${own.url}${path}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
    const cookie = cookieIn(await post('/api/session', {}, { key: text }));
    const headers = { cookie, origin: OTHER_ORIGIN };
    expect((await post('/api/workspaces', headers, { name: 'Notes' })).status).toBe(403);
    expect((await post('/api/session', { origin: OTHER_ORIGIN }, { key: text })).status).toBe(403);
    const byKey = { 'x-api-key': text, origin: OTHER_ORIGIN };
    expect((await post('/api/workspaces', byKey, { name: 'Notes' })).status).toBe(201);
  });

  it('may ask by GET only if it says where it comes from', async () => {
    const { cookie } = await signedIn();
    const messages = JSON.stringify([{ role: 'user', content: 'Hello' }]);
    const path = `/api/v1/llm/complete/stream?${new URLSearchParams({ messages })}`;
    const without = await send('GET', path, { cookie });
    const own = await send('GET', path, { cookie, 'sec-fetch-site': 'same-origin' });
    expect([without.status, own.status]).toEqual([403, 200]);
    await own.text();
  });

  it('opens a WebSocket only for a page of this server', async () => {
    const { cookie } = await signedIn();
    await expect(RawViewer.open(service.url, { cookie })).rejects.toThrow('403');
    await expect(RawViewer.open(service.url, { cookie, origin: OTHER_ORIGIN })).rejects.toThrow('403');
    const viewer = await RawViewer.open(service.url, { cookie, origin: service.url });
    viewer.close();
  });

  it('is not signed out by another site', async () => {
    const { cookie } = await signedIn();
    const response = await send('DELETE', '/api/session', { cookie, origin: OTHER_ORIGIN });
    expect(response.status).toBe(403);
    expect(await statusOf(cookie)).toBe(200);
    expect(sessions().length).toBeGreaterThan(0);
  });
});
