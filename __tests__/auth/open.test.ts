import { configFrom } from '../../src/config.ts';
import { chatMiddleware } from '../../src/frameworks/express.ts';
import { chatHandler } from '../../src/frameworks/http.ts';
import { startServer } from '../../src/server.ts';
import { createService } from '../../src/service.ts';
import { authenticatePeople, headersOf } from '../support/people.ts';
import { startService } from '../support/service.ts';
import { temporaryDatabase } from '../support/store-database.ts';

/** The configuration of a server that nothing is known of but its host. */
async function configOn(host: string, auth = {}) {
  const database = await temporaryDatabase();
  const url = `file:${database.file}`;
  await database[Symbol.asyncDispose]();
  return configFrom({
    server: { host, port: 0 },
    auth,
    database: { url },
    logging: { level: 'silent' },
  });
}

describe('a server without authentication', () => {
  it.each(['0.0.0.0', '::', '192.0.2.1', 'chat.example.com'])(
    '[AUTH-1] does not start on %s, and says which options there are',
    async (host) => {
      const config = await configOn(host);
      const starting = startServer(config);
      await expect(starting).rejects.toThrow(`server.host is ${host}`);
      await expect(starting).rejects.toThrow(/AUTH_METHODS.*AUTH_OPEN/);
    },
  );

  it('[AUTH-1] starts there when it is open on purpose, or has another way to know who comes', async () => {
    await using open = await startServer(await configOn('0.0.0.0', { open: true }));
    expect((await fetch(`http://127.0.0.1:${new URL(open.url).port}/healthz`)).status).toBe(200);
    await using own = await startServer(await configOn('0.0.0.0'), { authenticate: authenticatePeople });
    expect((await fetch(`http://127.0.0.1:${new URL(own.url).port}/api/chats`)).status).toBe(401);
  });

  it('[AUTH-1] takes everybody for the user `local`, whatever credential they send', async () => {
    await using service = await startService();
    const asked = await fetch(`${service.url}/api/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'Bearer anything' },
      body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] }),
    });
    await asked.text();
    expect(asked.status).toBe(200);
    expect(service.query('SELECT ownerId FROM Chat')).toEqual([{ ownerId: 'default/local' }]);
  });

  it('[AUTH-11] is mounted in an application on purpose only', async () => {
    await using careless = await createService(await configOn('127.0.0.1'));
    expect(() => chatMiddleware(careless)).toThrow('auth.open = true');
    expect(() => chatHandler(careless, { api: 'openai' })).toThrow('auth.open = true');
    expect(() => careless.viewers(() => {})).toThrow('auth.open = true');
    await using own = await createService(await configOn('127.0.0.1'), { authenticate: authenticatePeople });
    expect(chatMiddleware(own)).toBeInstanceOf(Function);
    await using viewers = own.viewers(() => {});
    expect(viewers.count).toBe(0);
  });
});

describe('live runs of a user', () => {
  it('[LIMIT-1] are limited; others are served meanwhile', async () => {
    await using service = await startService({
      authenticate: authenticatePeople,
      config: { limits: { liveRunsPerUser: 2 } },
      script: { chunks: ['Hello'], delayMs: 0, firstDelayMs: 60_000 },
    });
    const ask = (who: 'owner' | 'other') =>
      fetch(`${service.url}/api/chat`, {
        method: 'POST',
        headers: { ...headersOf(who), 'content-type': 'application/json' },
        body: JSON.stringify({ messages: [{ role: 'user', content: 'Hello' }] }),
      });
    const [first, second] = await Promise.all([ask('owner'), ask('owner')]);
    expect([first.status, second.status]).toEqual([200, 200]);
    const refused = await ask('owner');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('retry-after')).not.toBeNull();
    expect(await refused.json()).toMatchObject({ error: { code: 'too_many_runs' } });
    expect(service.query('SELECT id FROM Run')).toHaveLength(2);
    const other = await ask('other');
    expect(other.status).toBe(200);

    const runId = first.headers.get('x-run-id');
    await fetch(`${service.url}/api/runs/${runId}/stop`, { method: 'POST', headers: headersOf('owner') });
    await first.text();
    const third = await ask('owner');
    expect(third.status).toBe(200);
    await Promise.all([second, other, third].map(({ body }) => body?.cancel()));
  });
});
