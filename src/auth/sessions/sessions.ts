import { createHash, randomBytes } from 'node:crypto';
import type { Logger } from 'pino';
import { ownerOf } from '../keys/owner.ts';
import { ownerIdOf, type Principal } from '../principal.ts';
import { invalidAmong, RecentReads } from '../recent-reads.ts';
import type { SessionStore, StoredSession } from './store.ts';

/** How often a session that is used is extended. In ms. */
const EXTEND_MS = 60 * 60 * 1000;

/** 256 random bits. Nobody can guess one, so unknown ones do not count as failed attempts. */
const SECRET_BYTES = 32;
const SECRET = /^[\w-]{43}$/;

/** Who is signed in (AUTH-5): a secret in a cookie stands for a user until it has not been used for a while. */
export class Sessions {
  readonly #reads: RecentReads<StoredSession>;

  /** `lifeMs`: how long a session lasts after it was used last, within an hour. */
  constructor(
    private readonly store: SessionStore,
    private readonly lifeMs: number,
    private readonly logger: Logger,
  ) {
    this.#reads = new RecentReads((id) => this.#read(id));
  }

  /** For a user who has just been authenticated otherwise. `secret` is not stored. Throws StorageError. */
  async begin(principal: Principal): Promise<{ secret: string; id: string }> {
    const { userId, name = userId, scopes, models = null, keyId } = principal;
    const secret = randomBytes(SECRET_BYTES).toString('base64url');
    const id = idOf(secret);
    const now = new Date();
    await this.store.insert({
      id,
      ownerId: ownerIdOf(principal),
      name,
      scopes,
      models,
      keyId,
      createdAt: now,
      lastSeenAt: now,
      expiresAt: this.#expiryFrom(now),
    });
    return { secret, id };
  }

  /** Null: there is no such session any more. Throws StorageError. */
  async verify(secret: string): Promise<Principal | null> {
    if (!SECRET.test(secret)) return null;
    const session = await this.#reads.find(idOf(secret));
    return session && session.expiresAt.getTime() > Date.now() ? principalOf(session) : null;
  }

  /** Those of these ids of sessions that have ended. Throws StorageError. */
  async revoked(ids: readonly string[]): Promise<string[]> {
    const now = new Date();
    const ended = await invalidAmong(ids, (some) => this.store.valid(some, now));
    for (const id of ended) this.#reads.forget(id);
    return ended;
  }

  /** Returns false when it had ended before. Throws StorageError. */
  async end(id: string): Promise<boolean> {
    const isEndedNow = await this.store.remove(id);
    this.#reads.forget(id);
    return isEndedNow;
  }

  /** Reads a session, and extends it if that is due: reads are a second apart, so nothing is written twice. */
  async #read(id: string): Promise<StoredSession | null> {
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

function principalOf({ id, ownerId, name, scopes, models }: StoredSession): Principal {
  return {
    ...ownerOf(ownerId),
    scopes,
    keyId: null,
    name,
    models,
    // No moment of expiry: it moves while the session is used. `Sessions.revoked` tells when it is over.
    credential: { kind: 'session', id, expiresAt: null },
  };
}
