import { createHash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { AttemptLimit } from '../attempts/attempt-limit.ts';
import { RecentSecrets } from '../attempts/recent-secrets.ts';
import { ownerOf } from '../keys/owner.ts';
import { ownerIdOf, type Principal } from '../principal.ts';
import { invalidAmong, RecentReads } from '../recent-reads.ts';
import type { FoundSession, SessionStore } from './store.ts';

/** How often a session that is used is extended. In ms. */
const EXTEND_MS = 60 * 60 * 1000;

/** Of a user; of more, the one that was used least recently ends. */
const MAX_PER_USER = 50;

/** 256 random bits. Nobody can guess one. */
const SECRET_BYTES = 32;
const SECRET = /^[\w-]{43}$/;

/**
 * Different sessions that there are not, from one address within a minute; of more, none is looked up. There are more
 * of them than wrong keys: browsers send the cookie of a session that has ended.
 */
export const MAX_UNKNOWN_SESSIONS = 100;

/** Who is signed in (AUTH-5): a secret in a cookie stands for a user until it has not been used for a while. */
export class Sessions {
  readonly #reads: RecentReads<FoundSession>;
  /** Ids that were good within the last minute, and those that were not: these are not looked up again. */
  readonly #good = new RecentSecrets();
  readonly #ended = new RecentSecrets();

  /**
   * `lifeMs`: how long a session lasts after it was used last, within an hour. `limit`: of MAX_UNKNOWN_SESSIONS,
   * apart from that of other wrong credentials.
   */
  constructor(
    private readonly store: SessionStore,
    private readonly lifeMs: number,
    private readonly limit: AttemptLimit,
    private readonly logger: Logger,
  ) {
    this.#reads = new RecentReads((id) => this.#read(id));
  }

  /** For a user who has just been authenticated otherwise. `secret` is not stored. Throws StorageError. */
  async begin(principal: Principal): Promise<{ secret: string; id: string }> {
    const { userId, name = userId, scopes, models = null, keyId } = principal;
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const id = idOf(secret);
    const ownerId = ownerIdOf(principal);
    const now = new Date();
    await this.store.insert({
      id,
      ownerId,
      name,
      scopes,
      models,
      keyId,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: this.#expiryFrom(now),
    });
    await this.store.keepLatest(ownerId, MAX_PER_USER);
    return { secret, id };
  }

  /**
   * Null: there is no such session any more. Throws TooManyAttemptsError when too many unknown ones came from the
   * address of the request, and StorageError.
   */
  async verify(secret: string, request: IncomingMessage): Promise<Principal | null> {
    if (!SECRET.test(secret)) return null;
    const id = idOf(secret);
    if (this.#ended.has(id)) return null;
    return this.limit.check(request, this.#good.has(id), () => this.#find(id));
  }

  /** Those of these ids of sessions that have ended. Throws StorageError. */
  async revoked(ids: readonly string[]): Promise<string[]> {
    const now = new Date();
    const ended = await invalidAmong(ids, (some) => this.store.valid(some, now));
    for (const id of ended) this.#forget(id);
    return ended;
  }

  /** Returns whose session it was; null: it had ended before. Throws StorageError. */
  async end(secret: string): Promise<Principal | null> {
    const id = idOf(secret);
    const session = await this.store.find(id, new Date());
    const isEndedNow = await this.store.remove(id);
    this.#forget(id);
    return session && isEndedNow ? principalOf(session) : null;
  }

  async #find(id: string): Promise<Principal | null> {
    const session = await this.#reads.find(id);
    if (session && session.expiresAt.getTime() > Date.now()) {
      this.#good.add(id);
      return principalOf(session);
    }
    this.#forget(id);
    return null;
  }

  #forget(id: string): void {
    this.#reads.forget(id);
    this.#good.delete(id);
    this.#ended.add(id);
  }

  /** Reads a session, and extends it if that is due: reads are a second apart, so nothing is written twice. */
  async #read(id: string): Promise<FoundSession | null> {
    const now = new Date();
    const session = await this.store.find(id, now);
    if (!session || now.getTime() - session.lastSeenAt.getTime() < EXTEND_MS) return session;
    const seen = { lastSeenAt: now, expiresAt: this.#expiryFrom(now) };
    try {
      await this.store.extend(id, seen.lastSeenAt, seen.expiresAt);
    } catch (err) {
      // It is still valid; the next read tries again.
      this.logger.warn({ err }, 'a session could not be extended');
      return session;
    }
    return { ...session, ...seen };
  }

  #expiryFrom(now: Date): Date {
    return new Date(now.getTime() + this.lifeMs);
  }
}

/** What is stored of a secret. */
function idOf(secret: string): string {
  return createHash('sha256').update(secret).digest('hex');
}

function principalOf({ id, ownerId, name, scopes, models, keyExpiresAt }: FoundSession): Principal {
  return {
    ...ownerOf(ownerId),
    scopes,
    keyId: null,
    name,
    models,
    keyExpiresAt,
    // No moment of expiry: it moves while the session is used. `Sessions.revoked` tells when it is over.
    credential: { kind: 'session', id, expiresAt: null },
  };
}
