/** A document's name; ShareDB's clients write `connection.get(collection, id)`. */
export interface DocumentKey {
  readonly collection: string;
  readonly id: string;
}

/**
 * A document as it was at a version. `data` and `meta` are JSON; null for a document that does not exist (any more).
 */
export interface StoredSnapshot {
  version: number;
  /** URI of the OT type; null when the document does not exist. */
  type: string | null;
  data: string | null;
  meta: string | null;
}

export interface StoredOp {
  /** The version of the document that it was applied to. */
  version: number;
  /** JSON. */
  op: string;
  /** JSON: the document's metadata after it. */
  meta: string | null;
}

/**
 * Where ShareDB's documents are stored, of any collection: for each an append-only list of ops and now and then a
 * snapshot, so that nobody has to read all ops. Every method that fails because of the database throws StorageError.
 */
export interface DocumentStore {
  /** The last stored snapshot, if there is one, all ops after it in order, and the size of all stored ops. */
  load(key: DocumentKey): Promise<{ snapshot: StoredSnapshot | null; ops: StoredOp[]; kept: number }>;
  /**
   * The first ops of versions `[from, to)`, in order, as far as they are stored; `to` null: no end. Returns at least
   * one if there is one, and not more than can be read in a few milliseconds.
   */
  ops(key: DocumentKey, from: number, to: number | null): Promise<StoredOp[]>;
  /** The version of the oldest stored op; null when there is none. */
  oldest(key: DocumentKey): Promise<number | null>;
  /** Stores an op, and with it, in the same transaction, a snapshot of the document after it. */
  append(key: DocumentKey, op: StoredOp, at: Date, snapshot: StoredSnapshot | null): Promise<void>;
  /** Versions and sizes of the newest ops before a version, newest first; a bounded number of them. */
  sizes(key: DocumentKey, before: number): Promise<Array<{ version: number; size: number }>>;
  /** Removes all ops before a version, a bounded number at a time. A snapshot must be newer than they are. */
  forget(key: DocumentKey, before: number): Promise<void>;
  /** Stores a snapshot; `forget`: removes all ops before it in the same transaction. */
  compact(key: DocumentKey, snapshot: StoredSnapshot, forget: boolean): Promise<void>;
  /**
   * Removes ops from before this moment, except those that a document cannot be rebuilt without. Returns some documents
   * that need a newer snapshot for that; none when all old ops are removed, or the signal was aborted.
   */
  expire(before: Date, signal?: AbortSignal): Promise<DocumentKey[]>;
}
