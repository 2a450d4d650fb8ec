import { jest } from '@jest/globals';
import { pino } from 'pino';
import { Audit } from '../../src/auth/audit.ts';
import { ClientAddresses } from '../../src/auth/client-addresses.ts';
import { ApiKeys } from '../../src/auth/keys/api-keys.ts';
import { KeyAdministration } from '../../src/auth/keys/key-administration.ts';
import type { KeyRequest } from '../../src/auth/keys/key-request.ts';
import { createKeyText } from '../../src/auth/keys/key-text.ts';
import type { KeyStore } from '../../src/auth/keys/store.ts';
import { LOCAL, type Principal } from '../../src/auth/principal.ts';
import { NotFoundError, StorageError } from '../../src/errors.ts';
import { type TemporaryDatabase, temporaryDatabase } from '../support/store-database.ts';

let database: TemporaryDatabase;
let finds: string[];
let keys: ApiKeys;
let administration: KeyAdministration;

beforeEach(async () => {
  jest.useFakeTimers({ advanceTimers: false, doNotFake: REAL, now: new Date('2026-06-01T00:00:00Z') });
  database = await temporaryDatabase();
  finds = [];
  const store = counted(database.keys);
  keys = new ApiKeys(store);
  administration = new KeyAdministration(
    store,
    new Audit(database.audit, new ClientAddresses([]), pino({ level: 'silent' })),
    keys,
  );
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  jest.useRealTimers();
});

/** Only clocks are fake: the database works with the rest. */
const REAL: Array<'nextTick' | 'setImmediate' | 'setTimeout' | 'setInterval' | 'queueMicrotask'> = [
  'nextTick',
  'setImmediate',
  'setTimeout',
  'setInterval',
  'queueMicrotask',
];

function counted(store: KeyStore): KeyStore {
  return {
    insert: (key) => store.insert(key),
    list: (...page) => store.list(...page),
    revoke: (id, at) => store.revoke(id, at),
    valid: (ids, now) => store.valid(ids, now),
    find: (id) => {
      finds.push(id);
      return store.find(id);
    },
  };
}

async function make(request: Partial<KeyRequest> = {}, by: Principal = LOCAL) {
  return administration.create(by, { name: 'laptop', ...request });
}

describe('[AUTH-3] an API key', () => {
  it('is its principal, with user, tenant, scopes, models and expiry', async () => {
    const expiresAt = new Date('2026-06-02T00:00:00Z');
    const { stored, text } = await make({
      userId: 'ada/1',
      scopes: ['read', 'read'],
      models: ['m'],
      expiresAt,
    });
    expect(await keys.verify(text)).toEqual({
      tenantId: 'default',
      userId: 'ada/1',
      scopes: ['read'],
      keyId: stored.id,
      name: 'laptop',
      models: ['m'],
      keyExpiresAt: expiresAt,
      credential: { kind: 'key', id: stored.id, expiresAt },
    });
    const own = await make({}, { ...LOCAL, tenantId: 'acme', userId: 'root' });
    expect(await keys.verify(own.text)).toMatchObject({ tenantId: 'acme', userId: 'root', scopes: ['chat'] });
  });

  it('is in the database as a hash only', async () => {
    const { text } = await make();
    await database.commits.scrub();
    const rows = JSON.stringify(database.query('SELECT * FROM "ApiKey", "AuditEntry"'));
    expect(rows).not.toContain(text.slice(17));
    expect(database.query('SELECT length("hash") AS "length" FROM "ApiKey"')).toEqual([{ length: 64 }]);
  });

  it('is refused without a lookup when it is malformed', async () => {
    const { text } = await make();
    const last = text.endsWith('a') ? 'b' : 'a';
    const malformed = [
      text.slice(0, -1),
      `${text.slice(0, -1)}${last}`,
      `${text}${text}`,
      'lss_',
      'x'.repeat(1e6),
    ];
    for (const secret of malformed) expect(await keys.verify(secret)).toBeNull();
    expect(finds).toEqual([]);
  });

  it('is refused when it is unknown, or has another secret', async () => {
    const { stored, text } = await make();
    const other = createKeyText();
    expect(await keys.verify(other.text)).toBeNull();
    // Another key with this id and a right checksum, as somebody makes who knows the id.
    const forged = await forgedKey(stored.id);
    expect(await keys.verify(forged)).toBeNull();
    expect(await keys.verify(text)).not.toBeNull();
  });

  it('is refused from the moment of its expiry', async () => {
    const { text } = await make({ expiresAt: new Date(Date.now() + 60_000) });
    jest.setSystemTime(Date.now() + 59_999);
    expect(await keys.verify(text)).not.toBeNull();
    jest.setSystemTime(Date.now() + 1);
    expect(await keys.verify(text)).toBeNull();
  });

  it('[AUTH-9] is refused at once when it was revoked here, and within a second when elsewhere', async () => {
    const [here, elsewhere] = [await make(), await make()];
    for (const { text } of [here, elsewhere]) expect(await keys.verify(text)).not.toBeNull();
    await administration.revoke(LOCAL, here.stored.id);
    expect(await keys.verify(here.text)).toBeNull();
    await database.keys.revoke(elsewhere.stored.id, new Date());
    jest.advanceTimersByTime(1_000);
    expect(await keys.verify(elsewhere.text)).toBeNull();
  });

  it('is read once a second at most, also by many requests at the same time', async () => {
    const { stored, text } = await make();
    await Promise.all(Array.from({ length: 100 }, () => keys.verify(text)));
    jest.advanceTimersByTime(999);
    await keys.verify(text);
    expect(finds).toEqual([stored.id]);
    jest.advanceTimersByTime(1);
    await keys.verify(text);
    expect(finds).toEqual([stored.id, stored.id]);
  });

  it('is found as soon as it exists: an unknown id is not remembered', async () => {
    const { stored, text } = await make();
    await database.commits.exclusive((connection) => connection.exec('DELETE FROM "ApiKey"'));
    expect(await keys.verify(text)).toBeNull();
    await database.keys.insert(stored);
    expect(await keys.verify(text)).not.toBeNull();
  });

  it('is read again after the database failed', async () => {
    const { stored, text } = await make();
    let failures = 1;
    const failing = new ApiKeys({
      valid: async () => [],
      find: async () => {
        if (failures-- > 0) throw new StorageError('disk');
        return stored;
      },
    });
    await expect(failing.verify(text)).rejects.toThrow(StorageError);
    expect(await failing.verify(text)).not.toBeNull();
  });

  it('is remembered with 9,999 others; of more, the one that was read least recently is read again', async () => {
    const { stored, text } = await make();
    const read: string[] = [];
    const many = new ApiKeys({
      valid: async () => [],
      find: async (id) => {
        read.push(id);
        return { ...stored, id };
      },
    });
    const texts = Array.from({ length: 9_999 }, () => createKeyText().text);
    await many.verify(text);
    for (const each of texts) await many.verify(each);
    await many.verify(text);
    expect(read.filter((id) => id === stored.id)).toHaveLength(1);
    await many.verify(createKeyText().text);
    await many.verify(text);
    expect(read.filter((id) => id === stored.id)).toHaveLength(2);
  });
});

describe('[AUTH-9] which keys are revoked', () => {
  it('are those that were revoked, have expired, or do not exist', async () => {
    const [good, revoked, expiring] = [
      await make(),
      await make(),
      await make({ expiresAt: new Date(Date.now() + 1) }),
    ];
    const ids = [good, revoked, expiring].map(({ stored }) => stored.id);
    expect(await keys.revoked(ids)).toEqual([]);
    await administration.revoke(LOCAL, revoked.stored.id);
    jest.setSystemTime(Date.now() + 1);
    expect(await keys.revoked([...ids, 'nothing'])).toEqual([
      revoked.stored.id,
      expiring.stored.id,
      'nothing',
    ]);
    expect(await keys.revoked([])).toEqual([]);
  });

  it('are found among thousands', async () => {
    const { stored } = await make();
    const ids = Array.from({ length: 3_000 }, (_, index) => `nothing${index}`);
    expect(await keys.revoked([...ids, stored.id])).toEqual(ids);
  });
});

describe('[AUTH-3] [AUTH-12] the administration of keys', () => {
  it('is of one tenant: keys of another one do not exist', async () => {
    const acme: Principal = { ...LOCAL, tenantId: 'acme', userId: 'root' };
    const { stored, text } = await make({}, acme);
    await expect(administration.revoke(LOCAL, stored.id)).rejects.toThrow(NotFoundError);
    await expect(administration.revoke(LOCAL, 'nothing')).rejects.toThrow(NotFoundError);
    expect(await keys.verify(text)).not.toBeNull();
    expect((await administration.list(LOCAL, 10, null)).items).toEqual([]);
    expect((await administration.list(acme, 10, null)).items.map(({ id }) => id)).toEqual([stored.id]);
    // A tenant is no part of a user's id.
    const { stored: other } = await make({ userId: 'acme/root' });
    expect(other.ownerId).toBe('default/acme/root');
  });

  it('is audited, each revocation once', async () => {
    const by: Principal = { ...LOCAL, credential: { kind: 'key', id: 'the-first-one', expiresAt: null } };
    const { stored } = await make({ userId: 'ada' }, by);
    await administration.revoke(by, stored.id);
    await administration.revoke(by, stored.id);
    const { items } = await database.audit.list('default', 10, null);
    const entry = {
      tenantId: 'default',
      userId: 'local',
      credential: { kind: 'key', id: 'the-first-one' },
      resource: 'key',
      resourceId: stored.id,
      address: null,
      at: new Date(),
    };
    expect(items).toEqual([
      { ...entry, id: 2, action: 'key.revoked' },
      { ...entry, id: 1, action: 'key.created' },
    ]);
  });
});

/** A well-formed key with this id and a secret that is not the right one. */
async function forgedKey(id: string): Promise<string> {
  const { crc32 } = await import('node:zlib');
  const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
  const body = `lss_${id}_${'x'.repeat(37)}`;
  let digits = '';
  for (let rest = crc32(body); digits.length < 6; rest = Math.floor(rest / 62))
    digits = alphabet[rest % 62] + digits;
  return `${body}${digits}`;
}
