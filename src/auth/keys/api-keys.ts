import { timingSafeEqual } from 'node:crypto';
import type { CredentialMethod } from '../authenticate.ts';
import type { Principal } from '../principal.ts';
import { invalidAmong, RecentReads } from '../recent-reads.ts';
import { hashOfKey, idOfKey, looksLikeKey } from './key-text.ts';
import { ownerOf } from './owner.ts';
import type { KeyStore, StoredKey } from './store.ts';

/** API keys as a method of authentication (AUTH-3). Each key is read from the store once a second at most. */
export class ApiKeys implements CredentialMethod {
  readonly #reads: RecentReads<StoredKey>;

  constructor(private readonly store: Pick<KeyStore, 'find' | 'valid'>) {
    this.#reads = new RecentReads((id) => store.find(id));
  }

  recognizes(secret: string): boolean {
    return looksLikeKey(secret);
  }

  /** Null for a malformed, unknown, wrong, revoked or expired key. Throws StorageError. */
  async verify(secret: string): Promise<Principal | null> {
    const id = idOfKey(secret);
    if (id === null) return null;
    const key = await this.#reads.find(id);
    if (!key || !timingSafeEqual(hashOfKey(secret), Buffer.from(key.hash, 'hex'))) return null;
    return isValid(key) ? principalOf(key) : null;
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
