import { randomUUID } from 'node:crypto';
import type { StoredKey } from '../../src/auth/keys/store.ts';
import { InvalidRequestError } from '../../src/errors.ts';
import { type TemporaryDatabase, temporaryDatabase } from '../support/store-database.ts';
import { at } from '../support/store-samples.ts';

let database: TemporaryDatabase;

beforeEach(async () => {
  database = await temporaryDatabase();
});
afterEach(() => database[Symbol.asyncDispose]());

function aKey(key: Partial<StoredKey> = {}): StoredKey {
  return {
    id: randomUUID().replaceAll('-', '').slice(0, 12),
    ownerId: 'default/ada',
    name: 'laptop',
    hash: 'ab'.repeat(32),
    scopes: ['chat', 'admin'],
    models: null,
    createdAt: at(0),
    expiresAt: null,
    revokedAt: null,
    ...key,
  };
}

async function stored(...keys: StoredKey[]): Promise<void> {
  for (const key of keys) await database.keys.insert(key);
}

describe('[AUTH-3] keys in SQLite', () => {
  it('are read as they were stored', async () => {
    const [plain, full] = [
      aKey(),
      aKey({ models: ['gpt-4o', 'a "b" c'], scopes: ['read'], expiresAt: at(9) }),
    ];
    await stored(plain, full);
    expect(await database.keys.find(plain.id)).toEqual(plain);
    expect(await database.keys.find(full.id)).toEqual(full);
    expect(await database.keys.find('nothing')).toBeNull();
    expect(await database.keys.find("' OR 1=1 --")).toBeNull();
  });

  it('are stored once: an id is never taken over', async () => {
    const key = aKey();
    await stored(key);
    await expect(database.keys.insert({ ...key, ownerId: 'default/eve' })).rejects.toThrow(/UNIQUE/);
    expect(await database.keys.find(key.id)).toEqual(key);
  });

  it('are revoked once, and stay', async () => {
    const key = aKey();
    await stored(key);
    expect(await database.keys.revoke(key.id, at(5))).toBe(true);
    expect(await database.keys.revoke(key.id, at(6))).toBe(false);
    expect(await database.keys.revoke('nothing', at(6))).toBe(false);
    expect(await database.keys.find(key.id)).toEqual({ ...key, revokedAt: at(5) });
  });

  it('are listed by owner and age, in pages, those of one tenant only', async () => {
    const keys = [
      aKey({ ownerId: 'default/ada', createdAt: at(1) }),
      aKey({ ownerId: 'default/ada', createdAt: at(2), revokedAt: at(3) }),
      aKey({ ownerId: 'default/bob/smith', createdAt: at(0) }),
      aKey({ ownerId: 'default/ünä \n', createdAt: at(0) }),
      aKey({ ownerId: `default/${'\u{10ffff}'.repeat(256)}`, createdAt: at(0) }),
    ];
    const others = ['defaul/x', 'default-2/x', 'default.x/x', 'default0/x', 'other/ada'];
    await stored(...keys.toReversed(), ...others.map((ownerId) => aKey({ ownerId })));

    const seen: StoredKey[] = [];
    let cursor: string | null = null;
    do {
      const { items, nextCursor } = await database.keys.list('default', 2, cursor);
      expect(items.length).toBeLessThanOrEqual(2);
      seen.push(...items);
      // As routes take them.
      expect(nextCursor?.length ?? 0).toBeLessThan(200);
      cursor = nextCursor;
    } while (cursor !== null);
    expect(seen).toEqual(keys);

    const all = await database.keys.list(null, 100, null);
    expect(all.items).toHaveLength(keys.length + others.length);
    expect((await database.keys.list('nobody', 100, null)).items).toEqual([]);
  });

  it('are not listed to another tenant by a cursor', async () => {
    await stored(
      aKey({ ownerId: 'a/x' }),
      aKey({ ownerId: 'a/y' }),
      aKey({ ownerId: 'b/x' }),
      aKey({ ownerId: 'c/x' }),
    );
    const { nextCursor } = await database.keys.list('a', 1, null);
    for (const other of ['b', 'c'])
      await expect(database.keys.list(other, 10, nextCursor)).rejects.toThrow(InvalidRequestError);
    for (const wrong of ['', 'x', 'a'.repeat(200), Buffer.from('key nothing').toString('base64url')])
      await expect(database.keys.list('a', 1, wrong)).rejects.toThrow(InvalidRequestError);
  });

  it('are valid until they expire or are revoked', async () => {
    const [forever, later, past, revoked] = [
      aKey(),
      aKey({ expiresAt: at(11) }),
      aKey({ expiresAt: at(10) }),
      aKey({ revokedAt: at(1) }),
    ];
    await stored(forever, later, past, revoked);
    const ids = [forever, later, past, revoked].map(({ id }) => id);
    expect((await database.keys.valid([...ids, 'nothing'], at(10))).sort()).toEqual(
      [forever.id, later.id].sort(),
    );
    expect(await database.keys.valid([], at(10))).toEqual([]);
  });
});

describe('[AUTH-12] audit entries in SQLite', () => {
  const entry = {
    at: at(1),
    tenantId: 'default',
    userId: 'ada',
    credential: { kind: 'key', id: 'abc' },
    action: 'key.created',
    resource: 'key',
    resourceId: 'xyz',
    address: '::1',
  } as const;

  it('are read newest first, in pages, those of one tenant only', async () => {
    const second = { ...entry, at: at(0), credential: null, address: null, action: 'chat.deleted' } as const;
    for (const each of [entry, { ...entry, tenantId: 'other' }, second, entry])
      await database.audit.append(each);
    const first = await database.audit.list('default', 2, null);
    expect(first.items).toEqual([
      { ...entry, id: 4 },
      { ...second, id: 3 },
    ]);
    const rest = await database.audit.list('default', 2, first.nextCursor);
    expect(rest).toEqual({ items: [{ ...entry, id: 1 }], nextCursor: null });
    expect((await database.audit.list('nobody', 2, null)).items).toEqual([]);
    await expect(database.audit.list('default', 2, 'x')).rejects.toThrow(InvalidRequestError);
  });

  it('are only appended: ids are not used again', async () => {
    await database.audit.append(entry);
    await database.commits.exclusive((connection) => connection.exec('DELETE FROM "AuditEntry"'));
    await database.audit.append(entry);
    expect((await database.audit.list('default', 2, null)).items.map(({ id }) => id)).toEqual([2]);
  });
});
