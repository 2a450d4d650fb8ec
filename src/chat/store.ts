import type { RunDescription } from '../runs/store.ts';
import type * as wire from '../wire/messages.ts';

export type { DatabaseCondition } from '../wire/health.ts';

export type Chat = wire.Chat<Date>;
export type ChatSummary = wire.ChatSummary<Date>;
export type Message = wire.StoredMessage<Date>;

/** The fields of a message that a prompt needs. */
export type ContextMessage = Pick<Message, 'position' | 'role' | 'content' | 'tokens'>;

/** A message that is about to be stored; the store assigns its position. */
export type NewMessage = Pick<Message, 'id' | 'role' | 'status' | 'content' | 'tokens' | 'clientId'>;

/** A chat with the fields that a new turn needs. */
export interface ChatHead extends Chat {
  /** `{tenantId}/{userId}` */
  ownerId: string;
  nextPosition: number;
}

/** Everything that is stored before the provider is called, in one transaction (CHAT-4). */
export interface Turn {
  /**
   * `create`: the chat is new, and belongs to the owner of the run. `systemPrompt` undefined: the stored one is kept.
   */
  chat: { id: string; create: { title: string } | null; systemPrompt?: string | null };
  /** The chat's position counter before this turn: the position of the first of `messages`. */
  firstPosition: number;
  /**
   * Imported history, the user's message (not for a regeneration), and last, always, the assistant's placeholder: id
   * `run.messageId`, status `streaming`, content ''. The store adds no other message.
   */
  messages: readonly NewMessage[];
  /** Regeneration and edit: everything at or after this position is superseded. */
  supersedeFrom: number | null;
  run: RunDescription;
  /** `ownerId`: of whom asked; keys of different owners are different keys. */
  idempotency: { ownerId: string; key: string; bodyHash: string } | null;
  now: Date;
}

export interface Page<Item> {
  items: Item[];
  /** Opaque; null on the last page. */
  nextCursor: string | null;
}

/** A chat with its newest messages that are not superseded, oldest first. */
export interface ChatState {
  /** The chat has older messages than these. */
  isCut?: boolean;
  chat: Pick<Chat, 'id' | 'title' | 'updatedAt'>;
  messages: ReadonlyArray<
    Pick<
      Message,
      | 'id'
      | 'position'
      | 'role'
      | 'status'
      | 'content'
      | 'reasoning'
      | 'runId'
      | 'cause'
      | 'edits'
      | 'createdAt'
    >
  >;
}

/** `recent` ends with the message with which the text reaches this length, in UTF-16 units. */
export const RECENT_CHARS = 1024 * 1024;

/** Storage of chats. Every method throws StorageError when the database fails. */
export interface ChatStore {
  head(chatId: string): Promise<ChatHead | null>;
  /**
   * Settled, not superseded messages before `beforePosition`, newest first, at most `limit`; none follow once they have
   * RECENT_CHARS. Uses an index, so that the length of the chat does not matter (CHAT-10).
   */
  recent(chatId: string, beforePosition: number, limit: number): Promise<ContextMessage[]>;
  /** Stores a turn. Throws StorageFullError when the database has reached its size limit. */
  begin(turn: Turn): Promise<void>;
  findKey(ownerId: string, key: string): Promise<{ runId: string; chatId: string; bodyHash: string } | null>;
  /** Deletes idempotency keys that were created before this moment. */
  forgetKeys(before: Date): Promise<number>;

  /** The owner's chats, newest first by updatedAt. Throws InvalidRequestError for an invalid cursor. */
  list(ownerId: string, limit: number, cursor: string | null): Promise<Page<ChatSummary>>;
  /** A chat's messages in order. A page with long texts may end before `limit`. */
  messages(
    chatId: string,
    options: { limit: number; cursor: string | null; superseded: boolean },
  ): Promise<Page<Message>>;
  /**
   * The newest messages that are not superseded, oldest first: at most `limit`, with at most `characters` of content
   * and reasoning together (UTF-16 units), but always the newest one. Null when the chat does not exist.
   */
  newest(chatId: string, limit: number, characters: number): Promise<ChatState | null>;
  /** By its id, or by the client's id of it. */
  message(chatId: string, messageId: string): Promise<Message | null>;
  /** Returns false when the chat does not exist. */
  rename(chatId: string, title: string): Promise<boolean>;
  /** Deletes a chat with its messages, runs and idempotency keys. Returns false when it does not exist. */
  delete(chatId: string): Promise<boolean>;
}
