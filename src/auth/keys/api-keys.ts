import { timingSafeEqual } from 'node:crypto';
import type { CredentialMethod } from '../authenticate.ts';
import type { Principal } from '../principal.ts';
import { invalidAmong, RecentReads } from '../recent-reads.ts';
import { hashOfKey, idOfKey, looksLikeKey } from './key-text.ts';
import { ownerOf } from './owner.ts';
import type { KeyStore, StoredKey } from './store.ts';

/** A key as it was read. */
interface KnownKey {
  readonly stored: StoredKey;
  readonly hash: Buffer;
  /** Made once, not for every request. */
  readonly principal: Principal;
}

/** API keys as a method of authentication (AUTH-3). Each key is read from the store once a second at most. */
export class ApiKeys implements CredentialMethod {
  readonly #reads: RecentReads<KnownKey>;

  constructor(private readonly store: Pick<KeyStore, 'find' | 'valid'>) {
    this.#reads = new RecentReads(async (id) => {
      const stored = await store.find(id);
      return stored && { stored, hash: Buffer.from(stored.hash, 'hex'), principal: principalOf(stored) };
    });
  }

  recognizes(secret: string): boolean {
    return looksLikeKey(secret);
  }

  /** Null for a malformed, unknown, wrong, revoked or expired key. Throws StorageError. */
  async verify(secret: string): Promise<Principal | null> {
    const id = idOfKey(secret);
    if (id === null) return null;
    const key = await this.#reads.find(id);
    if (!key || !timingSafeEqual(hashOfKey(secret), key.hash)) return null;
    return isValid(key.stored) ? key.principal : null;
  }

  /** Those of these ids of keys that are revoked, expired or unknown now. Throws StorageError. */
  async revoked(ids: readonly string[]): Promise<string[]> {
    const now = new Date();
    const revoked = await invalidAmong(ids, (some) => this.store.valid(some, now));
    for (const id of revoked) this.forget(id);
    return revoked;
  }

  /** Reads a key again the next time it is presented, because it was revoked. */
  forget(id: string): void {
    this.#reads.forget(id);
  }
}

function isValid({ revokedAt, expiresAt }: StoredKey): boolean {
  return revokedAt === null && (expiresAt === null || expiresAt.getTime() > Date.now());
}

function principalOf({ id, ownerId, name, scopes, models, expiresAt }: StoredKey): Principal {
  return {
    ...ownerOf(ownerId),
    scopes,
    keyId: id,
    name,
    models,
    keyExpiresAt: expiresAt,
    credential: { kind: 'key', id, expiresAt },
  };
}
