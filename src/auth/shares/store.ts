import type { Page } from '../../chat/store.ts';
import type { Shared } from '../principal.ts';

/** A share as it is stored. Its token is not: only the hash. */
export interface StoredShare extends Shared {
  /** Not secret. */
  readonly id: string;
  /** SHA-256 of the token, in hexadecimal digits. */
  readonly tokenHash: string;
  /** Null: it does not expire. */
  readonly expiresAt: Date | null;
  /** Null: it was not revoked. */
  readonly revokedAt: Date | null;
}

/** What a share is of. */
export type SharedResource = Pick<Shared, 'resource' | 'resourceId'>;

/**
 * Where shares are kept. They go with their chat or workspace. Every method that fails because of the database throws
 * StorageError.
 */
export interface ShareStore {
  insert(share: StoredShare): Promise<void>;
  find(id: string): Promise<StoredShare | null>;
  findByHash(tokenHash: string): Promise<StoredShare | null>;
  /**
   * Shares of a chat or workspace, revoked ones included, the oldest first. Throws InvalidRequestError for a cursor
   * that it did not make.
   */
  list(of: SharedResource, limit: number, cursor: string | null): Promise<Page<StoredShare>>;
  /** Returns false when it was revoked before, or does not exist. */
  revoke(id: string, at: Date): Promise<boolean>;
  /** Those of these ids that exist, are not revoked, and do not expire until `now`. */
  valid(ids: readonly string[], now: Date): Promise<string[]>;
}
