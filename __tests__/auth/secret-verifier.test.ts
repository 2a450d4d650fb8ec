import type { IncomingMessage } from 'node:http';
import { jest } from '@jest/globals';
import { pino } from 'pino';
import type { CredentialMethod } from '../../src/auth/authenticate.ts';
import { ApiKeys } from '../../src/auth/keys/api-keys.ts';
import { createKeyText, hashOfKey } from '../../src/auth/keys/key-text.ts';
import { LOCAL, type Principal } from '../../src/auth/principal.ts';
import { InvalidRequestError, StorageError, TooManyAttemptsError } from '../../src/errors.ts';
import { headerAuthenticator, rawHeadersOf } from '../support/header-authenticator.ts';
import { temporaryDatabase } from '../support/store-database.ts';

const ADA: Principal = { ...LOCAL, userId: 'ada' };

/** Only the clocks are fake. */
beforeEach(() => {
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'setInterval', 'queueMicrotask'],
  });
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

function from(remoteAddress: string, secret?: string, headers: Record<string, string[]> = {}) {
  const authorization = secret === undefined ? [] : [`Bearer ${secret}`];
  return {
    socket: { remoteAddress },
    rawHeaders: rawHeadersOf({ authorization, ...headers }),
  } as unknown as IncomingMessage;
}

/** `good`: secrets that are Ada's. Counts how many secrets were verified. */
function setUp(good: readonly string[] = ['good']) {
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const valid = new Set(good);
  const verified: string[] = [];
  const method: CredentialMethod = {
    recognizes: () => true,
    verify: async (secret) => {
      verified.push(secret);
      return valid.has(secret) ? ADA : null;
    },
  };
  return { authenticate: headerAuthenticator([method], logger), verified, valid, lines };
}

describe('[AUTH-10] the limit of failed attempts', () => {
  it('looks at no credential after 20 wrong ones within a minute', async () => {
    const { authenticate, verified } = setUp();
    for (let attempt = 1; attempt <= 20; attempt++)
      expect(await authenticate(from('192.0.2.1', `wrong${attempt}`))).toBeNull();
    await expect(authenticate(from('192.0.2.1', 'wrong'))).rejects.toThrow(TooManyAttemptsError);
    await expect(authenticate(from('192.0.2.1', 'good'))).rejects.toThrow(TooManyAttemptsError);
    expect(verified).toHaveLength(20);
    expect(await authenticate(from('192.0.2.2', 'good'))).toBe(ADA);
    expect(await authenticate(from('192.0.2.1'))).toBeNull();
  });

  it('is over when the first of them is a minute old, and says when', async () => {
    const { authenticate } = setUp();
    for (let attempt = 0; attempt < 20; attempt++) {
      await authenticate(from('192.0.2.1', 'wrong'));
      jest.advanceTimersByTime(1_000);
    }
    await expect(authenticate(from('192.0.2.1', 'good'))).rejects.toMatchObject({
      status: 429,
      headers: { 'retry-after': '40' },
    });
    jest.advanceTimersByTime(40_000);
    expect(await authenticate(from('192.0.2.1', 'wrong'))).toBeNull();
    await expect(authenticate(from('192.0.2.1', 'good'))).rejects.toThrow(TooManyAttemptsError);
    jest.advanceTimersByTime(1_000);
    expect(await authenticate(from('192.0.2.1', 'good'))).toBe(ADA);
  });

  it('does not stop those behind the same address who were authenticated within the last minute', async () => {
    const { authenticate, valid, verified } = setUp(['good', 'revoked']);
    await authenticate(from('192.0.2.1', 'good'));
    await authenticate(from('192.0.2.1', 'revoked'));
    for (let attempt = 0; attempt < 20; attempt++) await authenticate(from('192.0.2.1', 'wrong'));
    jest.advanceTimersByTime(59_999);
    expect(await authenticate(from('192.0.2.1', 'good'))).toBe(ADA);
    // Each use counts anew; what is revoked meanwhile is refused, and then counts as wrong.
    valid.delete('revoked');
    expect(await authenticate(from('192.0.2.1', 'revoked'))).toBeNull();
    await expect(authenticate(from('192.0.2.1', 'revoked'))).rejects.toThrow(TooManyAttemptsError);
    expect(verified.filter((secret) => secret === 'revoked')).toHaveLength(2);
    for (let attempt = 0; attempt < 20; attempt++)
      await authenticate(from('192.0.2.1', 'wrong')).catch(() => null);
    jest.advanceTimersByTime(59_999);
    expect(await authenticate(from('192.0.2.1', 'good'))).toBe(ADA);
    for (let attempt = 0; attempt < 20; attempt++)
      await authenticate(from('192.0.2.1', 'wrong')).catch(() => null);
    jest.advanceTimersByTime(59_000);
    expect(await authenticate(from('192.0.2.1', 'good'))).toBe(ADA);
  });

  it('counts IPv6 by /64, and addresses apart', async () => {
    const { authenticate } = setUp();
    for (let host = 1; host <= 20; host++)
      await authenticate(from(`2001:db8::${host.toString(16)}`, 'wrong'));
    await expect(authenticate(from('2001:db8::ffff', 'good'))).rejects.toThrow(TooManyAttemptsError);
    expect(await authenticate(from('2001:db8:0:1::1', 'good'))).toBe(ADA);
  });

  it('lets a thousand of one address in at the same time, none of whom was seen before', async () => {
    const secrets = Array.from({ length: 1_000 }, (_, index) => `good${index}`);
    const { authenticate } = setUp(secrets);
    const principals = await Promise.all(secrets.map((secret) => authenticate(from('192.0.2.1', secret))));
    expect(principals.every((principal) => principal === ADA)).toBe(true);
  });

  it('lets right ones in among wrong ones that come at the same time', async () => {
    const secrets = Array.from({ length: 400 }, (_, index) => `good${index}`);
    const { authenticate, verified } = setUp(secrets);
    const mixed = secrets.flatMap((secret, index) =>
      index % 40 === 0 ? [secret, `wrong${index}`] : [secret],
    );
    const principals = await Promise.all(mixed.map((secret) => authenticate(from('192.0.2.1', secret))));
    expect(principals.filter(Boolean)).toHaveLength(secrets.length);
    expect(verified).toHaveLength(mixed.length);
  });

  it('does not count errors of the database, and lets those through who waited', async () => {
    let failures = 30;
    const failing: CredentialMethod = {
      recognizes: () => true,
      verify: async () => {
        if (failures-- > 0) throw new StorageError('disk');
        return ADA;
      },
    };
    const authenticate = headerAuthenticator([failing], pino({ level: 'silent' }));
    const all = await Promise.allSettled(
      Array.from({ length: 60 }, (_, index) => authenticate(from('192.0.2.1', `secret${index}`))),
    );
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(30);
  });

  it('forgets the oldest of more than 10,000 addresses, and keeps none without failures', async () => {
    const { authenticate } = setUp();
    for (let attempt = 0; attempt < 20; attempt++) await authenticate(from('192.0.2.1', 'wrong'));
    for (let host = 0; host < 10_000; host++)
      await authenticate(from(`10.0.${host >> 8}.${host & 255}`, 'good'));
    await expect(authenticate(from('192.0.2.1', 'wrong'))).rejects.toThrow(TooManyAttemptsError);
    for (let host = 0; host < 10_000; host++)
      await authenticate(from(`10.0.${host >> 8}.${host & 255}`, 'wrong'));
    expect(await authenticate(from('192.0.2.1', 'wrong'))).toBeNull();
  });
});

describe('[AUTH-3] [AUTH-10] the credential of a request', () => {
  it('is none, or refused, without a line that has anything of it', async () => {
    const { authenticate, lines } = setUp();
    expect(await authenticate(from('192.0.2.1'))).toBeNull();
    expect(lines).toEqual([]);
    for (let attempt = 0; attempt < 100; attempt++)
      await authenticate(from('192.0.2.1', 'lss_wrong_secret')).catch(() => null);
    jest.advanceTimersByTime(1_000);
    await authenticate(from('192.0.2.1', 'lss_wrong_secret')).catch(() => null);
    expect(lines.map((line) => JSON.parse(line))).toMatchObject([
      { level: 30, address: '192.0.2.1', msg: 'a wrong credential was refused' },
      { level: 40, address: '192.0.2.1', msg: expect.stringContaining('too many') },
    ]);
    expect(lines.join()).not.toContain('wrong_secret');
    jest.advanceTimersByTime(60_000);
    await authenticate(from('192.0.2.1', 'lss_wrong_secret'));
    expect(lines).toHaveLength(3);
  });

  it('is taken from any of three headers, and must be one', async () => {
    const { authenticate } = setUp();
    for (const name of ['api-key', 'x-api-key'])
      expect(await authenticate(from('192.0.2.1', undefined, { [name]: ['good'] }))).toBe(ADA);
    expect(await authenticate(from('192.0.2.1', 'good', { 'api-key': ['good'] }))).toBe(ADA);
    const two = from('192.0.2.1', 'good', { 'api-key': ['other'] });
    await expect(authenticate(two)).rejects.toThrow(InvalidRequestError);
    const twice = from('192.0.2.1', undefined, { authorization: ['Bearer good', 'Bearer other'] });
    await expect(authenticate(twice)).rejects.toThrow(InvalidRequestError);
    const enormous = from('192.0.2.1', 'x'.repeat(100_000));
    await expect(authenticate(enormous)).rejects.toThrow(InvalidRequestError);
    expect(
      await authenticate(from('192.0.2.1', undefined, { authorization: ['Basic Z29vZDo='] })),
    ).toBeNull();
  });

  it('is decided by the first method that recognizes it, and wrong when none does', async () => {
    const method = (prefix: string, userId: string): CredentialMethod => ({
      recognizes: (secret) => secret.startsWith(prefix),
      verify: async () => ({ ...ADA, userId }),
    });
    const methods = [method('a', 'one'), method('ab', 'two'), method('b', 'three')];
    const authenticate = headerAuthenticator(methods, pino({ level: 'silent' }));
    expect(await authenticate(from('192.0.2.1', 'abc'))).toMatchObject({ userId: 'one' });
    expect(await authenticate(from('192.0.2.1', 'b'))).toMatchObject({ userId: 'three' });
    expect(await authenticate(from('192.0.2.1', 'c'))).toBeNull();
  });
});

it('[AUTH-10] 100,000 wrong keys, a thousand at a time: none is admitted, and the database is read 20 times and not written', async () => {
  await using database = await temporaryDatabase();
  const good = createKeyText();
  await database.keys.insert({
    id: good.id,
    ownerId: 'default/ada',
    name: 'laptop',
    hash: hashOfKey(good.text).toString('hex'),
    scopes: ['chat'],
    models: null,
    createdAt: new Date(),
    expiresAt: null,
    revokedAt: null,
  });
  let finds = 0;
  const keys = new ApiKeys({
    valid: (...query) => database.keys.valid(...query),
    find: (id) => {
      finds += 1;
      return database.keys.find(id);
    },
  });
  const lines: string[] = [];
  const logger = pino({ level: 'info' }, { write: (line: string) => void lines.push(line) });
  const authenticate = headerAuthenticator([keys], logger);
  expect(await authenticate(from('192.0.2.1', good.text))).toMatchObject({ userId: 'ada' });
  const before = database.commits.transactions;

  const outcomes = { admitted: 0, refused: 0, limited: 0, failed: 0 };
  // Stacks of so many errors take most of the time.
  jest.replaceProperty(Error, 'stackTraceLimit', 0);
  const unknown = Array.from({ length: 1_000 }, () => createKeyText().text);
  const malformed = `${good.text.slice(0, -6)}abcdef`;
  const attempt = async (index: number) => {
    const secret = index % 2 === 0 ? (unknown[index % 1_000] ?? '') : `${malformed}${index}`;
    try {
      outcomes[(await authenticate(from('192.0.2.1', secret))) ? 'admitted' : 'refused'] += 1;
    } catch (error) {
      outcomes[error instanceof TooManyAttemptsError ? 'limited' : 'failed'] += 1;
    }
  };
  for (let start = 0; start < 100_000; start += 1_000)
    await Promise.all(Array.from({ length: 1_000 }, (_, index) => attempt(start + index)));
  expect(outcomes).toEqual({ admitted: 0, refused: 20, limited: 99_980, failed: 0 });
  expect(finds).toBeLessThanOrEqual(21);
  expect(database.commits.transactions).toBe(before);
  expect(lines).toHaveLength(2);
  expect(await authenticate(from('192.0.2.1', good.text))).toMatchObject({ userId: 'ada' });
});
