import type { Page } from '../../chat/store.ts';
import type { Scope } from '../principal.ts';

/** An API key as it is stored. The key itself is not: only its hash. */
export interface StoredKey {
  /** Part of the key, and not secret. */
  readonly id: string;
  /** Whose resources it opens, as `ownerIdOf` makes it. */
  readonly ownerId: string;
  /** For people: what the key is for. */
  readonly name: string;
  /** SHA-256 of the whole key, in hexadecimal digits. */
  readonly hash: string;
  readonly scopes: readonly Scope[];
  /** The models that may be asked. Null: all. */
  readonly models: readonly string[] | null;
  readonly createdAt: Date;
  /** Null: it does not expire. */
  readonly expiresAt: Date | null;
  /** Null: it was not revoked. Rows of revoked keys stay, for the audit log. */
  readonly revokedAt: Date | null;
}

/** Where API keys are kept. Every method that fails because of the database throws StorageError. */
export interface KeyStore {
  insert(key: StoredKey): Promise<void>;
  find(id: string): Promise<StoredKey | null>;
  /**
   * Keys of a tenant, or with null of all tenants, revoked ones included; by owner, then the oldest first. Throws
   * InvalidRequestError for a cursor that it did not make.
   */
  list(tenantId: string | null, limit: number, cursor: string | null): Promise<Page<StoredKey>>;
  /** Returns false when it was revoked before, or does not exist. */
  revoke(id: string, at: Date): Promise<boolean>;
  /** Those of these ids that exist, are not revoked, and do not expire until `now`. */
  valid(ids: readonly string[], now: Date): Promise<string[]>;
}
