import type { Chat, Message } from '../chat/store.ts';

/** A document's name; ShareDB's clients write `connection.get(collection, id)`. */
export interface DocumentKey {
  readonly collection: string;
  readonly id: string;
}

/** A document as it was at a version. `data` and `meta` are JSON; null for a document that does not exist (any more). */
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
 * Where ShareDB's documents are kept, in any collection: an append-only list of ops each, and now and then a snapshot,
 * so that nobody has to read all of them. Every method that fails because of the database throws StorageError.
 */
export interface DocumentStore {
  /** The last stored snapshot, if there is one, and all ops after it, in order. */
  load(key: DocumentKey): Promise<{ snapshot: StoredSnapshot | null; ops: StoredOp[] }>;
  /** Ops of versions `[from, to)`, in order, as far as they are kept; `to` null: all from there on. */
  ops(key: DocumentKey, from: number, to: number | null): Promise<StoredOp[]>;
  /** The version of the oldest op that is kept; null when none is. */
  oldest(key: DocumentKey): Promise<number | null>;
  /** Stores an op, and with it, in the same transaction, a snapshot of what it leads to. */
  append(key: DocumentKey, op: StoredOp, at: Date, snapshot: StoredSnapshot | null): Promise<void>;
  /** Stores a snapshot; `forget`: removes all ops before it, of which then nothing remains. */
  compact(key: DocumentKey, snapshot: StoredSnapshot, forget: boolean): Promise<void>;
  /**
   * Removes ops from before this moment, except those that a document cannot be put together without. Answers some
   * documents that need a newer snapshot for that; none when all old ops are gone.
   */
  expire(before: Date): Promise<DocumentKey[]>;
}

/** What the database says of a chat: its newest messages that are not superseded, oldest first. */
export interface ChatState {
  chat: Pick<Chat, 'id' | 'title' | 'updatedAt'>;
  messages: ReadonlyArray<
    Pick<
      Message,
      'id' | 'position' | 'role' | 'status' | 'content' | 'reasoning' | 'runId' | 'edits' | 'createdAt'
    >
  >;
}

/** Chats, as the mirror reads them. */
export interface ChatSource {
  /** At most `limit` messages. Null when there is no such chat. Throws StorageError. */
  newest(chatId: string, limit: number): Promise<ChatState | null>;
}
