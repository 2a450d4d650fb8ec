import SQLite from 'better-sqlite3';
import { pino } from 'pino';
import { createKeyText } from '../../src/auth/keys/key-text.ts';
import { makeKey } from '../support/api-key.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
let admin: string;

beforeAll(async () => {
  service = await startService({ config: { auth: { methods: ['keys'] } } });
  admin = await makeKey(service.databaseFile, { userId: 'root', scopes: ['admin'] });
});
afterAll(() => service[Symbol.asyncDispose]());

/** Sends a request with a key. */
async function call(method: string, path: string, key: string, body?: unknown) {
  const response = await fetch(`${service.url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  return { status: response.status, body: text === '' ? null : JSON.parse(text), headers: response.headers };
}

describe('[AUTH-3] /api/keys', () => {
  it('makes a key that is shown once and works, and revokes it at once', async () => {
    const made = await call('POST', '/api/keys', admin, {
      name: 'laptop',
      userId: 'ada',
      scopes: ['read'],
      models: ['gpt-4o'],
      expiresAt: '2099-01-31T01:00:00+01:00',
    });
    expect(made.status).toBe(201);
    const { id, key } = made.body;
    const described = {
      id,
      name: 'laptop',
      userId: 'ada',
      scopes: ['read'],
      models: ['gpt-4o'],
      createdAt: expect.any(String),
      expiresAt: '2099-01-31T00:00:00.000Z',
    };
    expect(made.body).toEqual({ ...described, key: expect.stringMatching(/^lss_\w{56}$/) });
    expect((await call('GET', '/api/chats', key)).status).toBe(200);

    const listed = await call('GET', '/api/keys', admin);
    expect(listed.body.keys).toContainEqual({ ...described, revokedAt: null });
    expect(JSON.stringify(listed.body)).not.toContain(key.slice(17));

    expect((await call('DELETE', `/api/keys/${id}`, admin)).status).toBe(204);
    expect((await call('GET', '/api/chats', key)).status).toBe(401);
    expect((await call('DELETE', `/api/keys/${id}`, admin)).status).toBe(204);
    const { keys } = (await call('GET', '/api/keys', admin)).body;
    expect(keys).toContainEqual({ ...described, revokedAt: expect.any(String) });
  });

  it('has defaults: the caller, the scope chat, all models, for ever', async () => {
    const { status, body } = await call('POST', '/api/keys', admin, { name: 'mine' });
    expect(status).toBe(201);
    expect(body).toMatchObject({ userId: 'root', scopes: ['chat'], models: null, expiresAt: null });
  });

  it('allows no more than the key that makes it, also through its session', async () => {
    const limits = { scopes: ['admin' as const], models: ['m1', 'm2'], expiresAt: new Date('2098-01-01') };
    const limited = await makeKey(service.databaseFile, limits);
    const signedIn = await fetch(`${service.url}/api/session`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ key: limited }),
    });
    const [cookie = ''] = (signedIn.headers.get('set-cookie') ?? '').split(';');
    const ways: Array<Record<string, string>> = [
      { authorization: `Bearer ${limited}` },
      { cookie, origin: service.url },
    ];
    for (const headers of ways) {
      const make = async (body: object) => {
        const response = await fetch(`${service.url}/api/keys`, {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/json' },
          body: JSON.stringify({ name: 'made', ...body }),
        });
        return { status: response.status, body: await response.json() };
      };
      expect(await make({})).toMatchObject({
        status: 201,
        body: { models: ['m1', 'm2'], expiresAt: '2098-01-01T00:00:00.000Z' },
      });
      const less = { models: ['m2'], expiresAt: '2097-01-01T00:00:00.000Z' };
      expect(await make(less)).toMatchObject({ status: 201, body: less });
      for (const more of [{ models: ['m2', 'm3'] }, { expiresAt: '2098-01-01T00:00:00.001Z' }]) {
        expect(await make(more)).toMatchObject({
          status: 403,
          body: {
            error: { code: 'forbidden', message: expect.stringContaining(Object.keys(more)[0] ?? '') },
          },
        });
      }
    }
  });

  it.each([
    [{}, 'name'],
    [{ name: '' }, 'name'],
    [{ name: 'a\nb' }, 'name'],
    [{ name: 'a', userId: '' }, 'userId'],
    [{ name: 'a', scopes: ['root'] }, 'scopes.0'],
    [{ name: 'a', scopes: [] }, 'scopes'],
    [{ name: 'a', models: [] }, 'models'],
    [{ name: 'a', expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
    [{ name: 'a', expiresAt: 'soon' }, 'expiresAt'],
    [{ name: 'a', tenantId: 'other' }, 'tenantId'],
  ])('refuses %j', async (body, field) => {
    const { status, body: reply } = await call('POST', '/api/keys', admin, body);
    expect([status, reply.error.details[0].field]).toEqual([400, field]);
  });

  it('is listed in pages', async () => {
    await call('POST', '/api/keys', admin, { name: 'one' });
    await call('POST', '/api/keys', admin, { name: 'two' });
    const all = (await call('GET', '/api/keys', admin)).body.keys;
    const seen: unknown[] = [];
    let query = '?limit=2';
    for (;;) {
      const { keys, nextCursor } = (await call('GET', `/api/keys${query}`, admin)).body;
      seen.push(...keys);
      if (nextCursor === null) break;
      query = `?limit=2&cursor=${nextCursor}`;
    }
    expect(seen).toEqual(all);
    expect((await call('GET', '/api/keys?cursor=x', admin)).status).toBe(400);
  });

  it('[AUTH-10] needs the scope admin, which the error names', async () => {
    const key = await makeKey(service.databaseFile, { scopes: ['chat', 'read', 'usage'] });
    for (const [method, path] of [
      ['POST', '/api/keys'],
      ['GET', '/api/keys'],
      ['DELETE', '/api/keys/000000000000'],
      ['GET', '/api/audit'],
    ] as const) {
      const { status, body } = await call(method, path, key, method === 'POST' ? { name: 'a' } : undefined);
      expect([path, status, body.error.code]).toEqual([path, 403, 'forbidden']);
      expect(body.error.message).toContain('"admin"');
    }
    expect((await call('DELETE', '/api/keys/000000000000', admin)).status).toBe(404);
    expect((await call('DELETE', '/api/keys/x', admin)).status).toBe(400);
  });
});

describe('[AUTH-12] /api/audit', () => {
  it('has who did what to which resource, the newest first, in pages', async () => {
    const { id, key } = (await call('POST', '/api/keys', admin, { name: 'secret name' })).body;
    await call('DELETE', `/api/keys/${id}`, admin);
    const first = await call('GET', '/api/audit?limit=1', admin);
    const entry = {
      id: expect.any(Number),
      at: expect.any(String),
      userId: 'root',
      credential: { kind: 'key', id: admin.slice(4, 16) },
      resource: 'key',
      resourceId: id,
      address: expect.stringContaining('127.0.0.1'),
    };
    expect(first.body.entries).toEqual([{ ...entry, action: 'key.revoked' }]);
    const second = await call('GET', `/api/audit?limit=1&cursor=${first.body.nextCursor}`, admin);
    expect(second.body.entries).toEqual([{ ...entry, action: 'key.created' }]);
    const all = JSON.stringify(service.query('SELECT * FROM "AuditEntry"'));
    expect(all).not.toContain('secret name');
    expect(all).not.toContain(key.slice(17));
  });
});

describe('[AUTH-3] [AUTH-10] a credential over HTTP', () => {
  it('is accepted in three headers, and not in a URL', async () => {
    const get = (headers: Record<string, string>, query = '') =>
      fetch(`${service.url}/api/chats${query}`, { headers }).then(({ status }) => status);
    expect(await get({ authorization: `bearer ${admin}` })).toBe(200);
    expect(await get({ 'api-key': admin })).toBe(200);
    expect(await get({ 'x-api-key': admin })).toBe(200);
    expect(await get({ 'x-api-key': admin, authorization: `Bearer ${admin}` })).toBe(200);
    expect(await get({ 'x-api-key': admin, authorization: `Bearer ${admin}x` })).toBe(400);
    for (const name of ['key', 'api_key', 'api-key', 'access_token', 'authorization', 'token'])
      expect([name, await get({}, `?${name}=${admin}`)]).toEqual([name, 401]);
  });
});

it('[AUTH-10] wrong keys get 401, then 429; nothing is written, nothing of them is logged, and a neighbour goes on', async () => {
  const lines: string[] = [];
  const logger = pino({ level: 'trace' }, { write: (line: string) => void lines.push(line) });
  await using other = await startService({ config: { auth: { methods: ['keys'] } }, logger });
  const { url, databaseFile } = other;
  const good = await makeKey(databaseFile);
  const expired = await makeKey(databaseFile, { expiresAt: new Date(1) });
  const send = (key: string) => fetch(`${url}/api/chats`, { headers: { authorization: `Bearer ${key}` } });
  expect((await send(good)).status).toBe(200);

  const connection = new SQLite(databaseFile, { readonly: true });
  // Changes when another connection has committed anything.
  const version = () => connection.pragma('data_version', { simple: true });
  const before = version();
  try {
    const wrong = [
      createKeyText().text,
      expired,
      good.slice(0, -1),
      `${good}${good}`,
      `${good.slice(0, -6)}aaaaaa`,
      good.toUpperCase(),
      'lss_',
      `lss_${'a'.repeat(10_000)}`,
      'sk-1234567890',
      ...Array.from({ length: 11 }, () => createKeyText().text),
    ];
    expect(wrong).toHaveLength(20);
    for (const key of wrong) {
      const response = await send(key);
      expect([key.slice(0, 80), response.status]).toEqual([key.slice(0, 80), 401]);
      expect(response.headers.get('www-authenticate')).toContain('error="invalid_token"');
      expect(await response.json()).toMatchObject({ error: { code: 'unauthenticated' } });
    }
    const limited = await send(createKeyText().text);
    expect(limited.status).toBe(429);
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(await limited.json()).toMatchObject({ error: { code: 'too_many_attempts' } });
    expect((await send(good)).status).toBe(200);
    expect(version()).toBe(before);
    const log = lines.join('');
    for (const key of [...wrong, good].filter((each) => each.length > 20))
      expect(log).not.toContain(key.slice(17, 60));
    expect(lines.filter((line) => line.includes('wrong credential'))).toHaveLength(2);
  } finally {
    connection.close();
  }
});
