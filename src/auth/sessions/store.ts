import type { Scope } from '../principal.ts';

/** A session as it is stored. The secret of its cookie is not: only its hash. */
export interface StoredSession {
  /** SHA-256 of the secret, in hexadecimal digits. */
  readonly id: string;
  /** Whose resources it opens, as `ownerIdOf` makes it. */
  readonly ownerId: string;
  /** Of the user, for people. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** The models that may be asked. Null: all. */
  readonly models: readonly string[] | null;
  /** The API key that it was made with, and with which it ends. Null: another sign-in. */
  readonly keyId: string | null;
  readonly createdAt: Date;
  /** Within an hour. */
  readonly lastSeenAt: Date;
  readonly expiresAt: Date;
}

/** As it is read. */
export interface FoundSession extends StoredSession {
  /** When the key expires that it was made with. Null: never, or there is none. */
  readonly keyExpiresAt: Date | null;
}

/** Where sessions are kept. Every method throws StorageError. */
export interface SessionStore {
  insert(session: StoredSession): Promise<void>;
  /** Null: it does not exist, has expired, or its key is not valid any more. */
  find(id: string, now: Date): Promise<FoundSession | null>;
  /** Those of these ids that `find` would find. */
  valid(ids: readonly string[], now: Date): Promise<string[]>;
  /** Does nothing when it was seen later, or has ended. */
  extend(id: string, lastSeenAt: Date, expiresAt: Date): Promise<void>;
  /** Returns false when there was none. */
  remove(id: string): Promise<boolean>;
  /** Removes those of an owner that were seen least recently, above `most`. */
  keepLatest(ownerId: string, most: number): Promise<void>;
  removeExpired(now: Date): Promise<void>;
}
