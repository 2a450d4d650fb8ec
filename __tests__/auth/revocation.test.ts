import { once } from 'node:events';
import { jest } from '@jest/globals';
import { pino } from 'pino';
import { OpenConnections } from '../../src/auth/open-connections.ts';
import type { Principal } from '../../src/auth/principal.ts';
import { createKey, revokeKey } from '../support/keys.ts';
import { RawViewer } from '../support/raw-viewer.ts';
import { type Service, startService } from '../support/service.ts';

describe('a revoked key', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({
      config: { auth: { methods: ['keys'] }, stream: { onDisconnect: 'cancel' } },
      script: { chunks: ['Hello', ' there'], delayMs: 3_600_000, firstDelayMs: 0 },
    });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const ask = (key: string) =>
    fetch(`${service.url}/api/chat`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] }),
    });

  it('[AUTH-9] by another process: closes streams and sockets, while the run goes on', async () => {
    const { id, text } = await createKey(service.databaseFile);
    const other = await createKey(service.databaseFile);
    const stream = await ask(text);
    expect(stream.status).toBe(200);
    const viewer = await RawViewer.open(service.url, { authorization: `Bearer ${text}` });
    const neighbour = await RawViewer.open(service.url, { authorization: `Bearer ${other.text}` });
    const closed = once(viewer.socket, 'close');

    await revokeKey(service.databaseFile, id);

    const [code] = await closed;
    expect(code).toBe(4401);
    await expect(stream.text()).rejects.toThrow();
    expect((await ask(text)).status).toBe(401);
    expect(await neighbour.ask({ a: 'pp' })).toMatchObject({ a: 'pp' });
    neighbour.close();

    const runId = stream.headers.get('x-run-id') ?? '';
    const runs = await fetch(`${service.url}/api/runs?status=live`, {
      headers: { authorization: `Bearer ${other.text}` },
    });
    expect(await runs.json()).toMatchObject({ runs: [{ runId }] });
    await fetch(`${service.url}/api/runs/${runId}/stop`, {
      method: 'POST',
      headers: { authorization: `Bearer ${other.text}` },
    });
  });

  it('[AUTH-3] is created and revoked over HTTP by an administrator only', async () => {
    const admin = await createKey(service.databaseFile, { scopes: ['admin'] });
    const plain = await createKey(service.databaseFile);
    const create = (key: string) =>
      fetch(`${service.url}/api/keys`, {
        method: 'POST',
        headers: { 'x-api-key': key, 'content-type': 'application/json' },
        body: JSON.stringify({ name: 'made', userId: 'carol' }),
      });
    expect((await create(plain.text)).status).toBe(403);
    const made = await create(admin.text);
    expect(made.status).toBe(201);
    const { id, key } = (await made.json()) as { id: string; key: string };
    const list = (secret: string) =>
      fetch(`${service.url}/api/chats`, { headers: { 'api-key': secret } }).then(({ status }) => status);
    expect(await list(key)).toBe(200);
    const revoked = await fetch(`${service.url}/api/keys/${id}`, {
      method: 'DELETE',
      headers: { 'x-api-key': admin.text },
    });
    expect(revoked.status).toBe(204);
    expect(await list(key)).toBe(401);
  });
});

describe('open connections', () => {
  const principal = (id: string, expiresAt: Date | null = null): Principal => ({
    userId: 'alice',
    tenantId: 'default',
    scopes: ['chat'],
    keyId: id,
    credential: { kind: 'key', id, expiresAt },
  });

  beforeEach(() => jest.useFakeTimers());
  afterEach(() => jest.useRealTimers());

  it('[AUTH-9] are closed within a second of the end of their credential, and no others', async () => {
    const revoked = new Set<string>();
    using connections = new OpenConnections(
      { key: async (ids) => ids.filter((id) => revoked.has(id)) },
      pino({ level: 'silent' }),
    );
    const closed: string[] = [];
    connections.add(principal('revoked'), () => closed.push('revoked'));
    connections.add(principal('expired', new Date(Date.now() + 5_000)), () => closed.push('expired'));
    connections.add(principal('good'), () => closed.push('good'));
    connections.add(principal('left'), () => closed.push('left'))();
    await jest.advanceTimersByTimeAsync(1_000);
    expect(closed).toEqual([]);
    revoked.add('revoked').add('left');
    await jest.advanceTimersByTimeAsync(1_000);
    expect(closed).toEqual(['revoked']);
    await jest.advanceTimersByTimeAsync(4_000);
    expect(closed).toEqual(['revoked', 'expired']);
  });

  it('[AUTH-9] end with their own token, not with another one that has its id', async () => {
    using connections = new OpenConnections({}, pino({ level: 'silent' }));
    const closed: string[] = [];
    connections.add(principal('same', new Date(Date.now() + 5_000)), () => closed.push('first'));
    connections.add(principal('same', new Date(Date.now() + 60_000)), () => closed.push('renewed'));
    await jest.advanceTimersByTimeAsync(6_000);
    expect(closed).toEqual(['first']);
    await jest.advanceTimersByTimeAsync(60_000);
    expect(closed).toEqual(['first', 'renewed']);
  });

  it('[AUTH-9] stay open while nobody can say what is revoked, and are checked again', async () => {
    let isDown = true;
    using connections = new OpenConnections(
      {
        key: async (ids) => {
          if (isDown) throw new Error('The database is gone.');
          return ids;
        },
      },
      pino({ level: 'silent' }),
    );
    const closed: string[] = [];
    connections.add(principal('one'), () => closed.push('one'));
    await jest.advanceTimersByTimeAsync(3_000);
    expect(closed).toEqual([]);
    isDown = false;
    await jest.advanceTimersByTimeAsync(1_000);
    expect(closed).toEqual(['one']);
    expect(jest.getTimerCount()).toBe(0);
  });
});
