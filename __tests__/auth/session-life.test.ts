import type { IncomingMessage } from 'node:http';
import { jest } from '@jest/globals';
import { pino } from 'pino';
import { AttemptLimit } from '../../src/auth/attempts/attempt-limit.ts';
import { ClientAddresses } from '../../src/auth/client-addresses.ts';
import { LOCAL, type Principal } from '../../src/auth/principal.ts';
import { MAX_UNKNOWN_SESSIONS, Sessions } from '../../src/auth/sessions/sessions.ts';
import type { SessionStore } from '../../src/auth/sessions/store.ts';
import { StorageError, TooManyAttemptsError } from '../../src/errors.ts';
import { type TemporaryDatabase, temporaryDatabase } from '../support/store-database.ts';

const HOUR_MS = 60 * 60 * 1000;
const LIFE_H = 48;

let database: TemporaryDatabase;
/** What was asked of the store. */
let asked: string[];
let sessions: Sessions;
let isDiskFull: boolean;

beforeEach(async () => {
  // Only clocks are fake: the database works with the rest.
  jest.useFakeTimers({
    doNotFake: ['nextTick', 'setImmediate', 'setTimeout', 'setInterval', 'queueMicrotask'],
    now: new Date('2026-06-01T00:00:00Z'),
  });
  database = await temporaryDatabase();
  asked = [];
  isDiskFull = false;
  const logger = pino({ level: 'silent' });
  const limit = new AttemptLimit(new ClientAddresses([]), logger, MAX_UNKNOWN_SESSIONS);
  sessions = new Sessions(counted(database.sessions), LIFE_H * HOUR_MS, limit, logger);
});
afterEach(async () => {
  await database[Symbol.asyncDispose]();
  jest.useRealTimers();
});

function counted(store: SessionStore): SessionStore {
  return {
    insert: (session) => store.insert(session),
    keepLatest: (ownerId, most) => store.keepLatest(ownerId, most),
    valid: (ids, now) => store.valid(ids, now),
    remove: (id) => store.remove(id),
    removeExpired: (now) => store.removeExpired(now),
    find: (id, now) => {
      asked.push('find');
      return store.find(id, now);
    },
    extend: async (id, lastSeenAt, expiresAt) => {
      asked.push('extend');
      if (isDiskFull) throw new StorageError('disk full');
      await store.extend(id, lastSeenAt, expiresAt);
    },
  };
}

/** A request from an address, of which nothing else is read. */
function from(remoteAddress: string): IncomingMessage {
  return { socket: { remoteAddress } } as unknown as IncomingMessage;
}

const verify = (secret: string, address = '192.0.2.1') => sessions.verify(secret, from(address));
const begin = async (principal: Principal = LOCAL) => (await sessions.begin(principal)).secret;
const madeUp = (number: number) => String(number).padStart(43, 'a');
const later = (hours: number) => jest.advanceTimersByTime(hours * HOUR_MS);
const stored = () => database.query<{ lastSeenAt: string; expiresAt: string }>('SELECT * FROM Session');

describe('[AUTH-5] a session', () => {
  it('is extended while it is used, once an hour at most', async () => {
    const secret = await begin();
    for (let hour = 0; hour < 200; hour += 40) {
      later(40);
      expect(await verify(secret)).toMatchObject({ userId: 'local' });
    }
    expect(asked.filter((what) => what === 'extend')).toHaveLength(5);
    const [{ lastSeenAt, expiresAt } = { lastSeenAt: '', expiresAt: '' }] = stored();
    expect(Date.parse(expiresAt) - Date.parse(lastSeenAt)).toBe(LIFE_H * HOUR_MS);
    later(0.5);
    await verify(secret);
    expect(asked.filter((what) => what === 'extend')).toHaveLength(5);
  });

  it('ends when it has not been used for that long, and its row is removed', async () => {
    const secret = await begin();
    later(LIFE_H - 1);
    const used = await begin();
    later(1);
    expect(await verify(secret)).toBeNull();
    expect(await verify(used)).not.toBeNull();
    await database.sessions.removeExpired(new Date());
    expect(stored()).toHaveLength(1);
  });

  it('ends also while it is known from a moment ago', async () => {
    const secret = await begin();
    jest.advanceTimersByTime(LIFE_H * HOUR_MS - 500);
    isDiskFull = true;
    expect(await verify(secret)).not.toBeNull();
    jest.advanceTimersByTime(600);
    expect(await verify(secret)).toBeNull();
  });

  it('is valid also when it cannot be extended, which the next read tries again', async () => {
    const secret = await begin();
    later(2);
    isDiskFull = true;
    expect(await verify(secret)).not.toBeNull();
    isDiskFull = false;
    jest.advanceTimersByTime(1_000);
    expect(await verify(secret)).not.toBeNull();
    expect(asked.filter((what) => what === 'extend')).toHaveLength(2);
    expect(Date.parse(stored()[0]?.lastSeenAt ?? '')).toBe(Date.now());
  });

  it('is one of 50 of its user: of more, the one that was used least recently ends', async () => {
    const first = await begin();
    jest.advanceTimersByTime(1_000);
    const second = await begin();
    later(2);
    expect(await verify(first)).not.toBeNull();
    const other = await begin({ ...LOCAL, userId: 'other' });
    for (let number = 0; number < 49; number++) await begin();
    expect(stored()).toHaveLength(51);
    expect(await verify(second)).toBeNull();
    expect(await verify(first)).not.toBeNull();
    expect(await verify(other)).not.toBeNull();
  });
});

describe('[AUTH-10] a session that there is not', () => {
  it('is looked up once a minute, however often it is sent', async () => {
    for (let time = 0; time < 500; time++) expect(await verify(madeUp(1))).toBeNull();
    expect(asked).toEqual(['find']);
    const secret = await begin();
    await sessions.end(secret);
    asked.length = 0;
    expect(await verify(secret)).toBeNull();
    expect(asked).toEqual([]);
  });

  it('is not looked up after 100 others from its address; those that were good a moment ago are', async () => {
    const secret = await begin();
    const idle = await begin();
    expect(await verify(secret)).not.toBeNull();
    asked.length = 0;
    for (let number = 0; number < 1_000; number++)
      await verify(madeUp(number)).catch((error) => expect(error).toBeInstanceOf(TooManyAttemptsError));
    expect(asked).toHaveLength(100);
    expect(await verify(secret)).not.toBeNull();
    await expect(verify(idle)).rejects.toThrow(TooManyAttemptsError);
    expect(await verify(idle, '192.0.2.2')).not.toBeNull();
    jest.advanceTimersByTime(60_001);
    expect(await verify(idle)).not.toBeNull();
  });

  it('is not looked up when it has not the form of one', async () => {
    expect(await verify('a'.repeat(44))).toBeNull();
    expect(asked).toEqual([]);
  });
});
