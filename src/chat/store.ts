import type { FileChange } from '../runs/events.ts';
import type { MessageStatus, RunDescription } from '../runs/store.ts';

export type Role = 'user' | 'assistant';

export interface Chat {
  id: string;
  title: string;
  systemPrompt: string | null;
  createdAt: Date;
  updatedAt: Date;
}

export interface Message {
  id: string;
  chatId: string;
  /** 0, 1, 2 … within the chat; never reused. */
  position: number;
  role: Role;
  status: MessageStatus;
  content: string;
  reasoning: string | null;
  /** Tokens of content; null where they were never counted. */
  tokens: number | null;
  clientId: string | null;
  /** The run that wrote it, or does; null: none did. */
  runId: string | null;
  /** What it did to the files of a workspace; null: nothing. */
  edits: FileChange[] | null;
  createdAt: Date;
  supersededAt: Date | null;
}

/** What a prompt needs of a message. */
export type ContextMessage = Pick<Message, 'position' | 'role' | 'content' | 'tokens'>;

/** A message that is about to be stored; the store gives it its position. */
export type NewMessage = Pick<Message, 'id' | 'role' | 'status' | 'content' | 'tokens' | 'clientId'>;

/** What the store must know of a chat before it answers in it. */
export interface ChatHead extends Chat {
  nextPosition: number;
}

/** Everything that is stored before the provider is called, in one transaction (CHAT-4). */
export interface Turn {
  /** `create`: the chat is new. `systemPrompt` undefined: leave what is stored. */
  chat: { id: string; create: { title: string } | null; systemPrompt?: string | null };
  /** The chat's position counter before this turn; the messages get the positions from here on. */
  firstPosition: number;
  /**
   * Imported history, the user's message (not for a regeneration), and last, always, the assistant's placeholder: id
   * `run.messageId`, status `streaming`, content ''. All of them are in this list; the store adds none of its own.
   */
  messages: readonly NewMessage[];
  /** Regeneration and edit: everything at or after this position is superseded. */
  supersedeFrom: number | null;
  run: RunDescription;
  idempotency: { key: string; bodyHash: string } | null;
  now: Date;
}

export interface Page<Item> {
  items: Item[];
  /** Opaque; null on the last page. */
  nextCursor: string | null;
}

export interface ChatSummary extends Chat {
  messageCount: number;
}

/** Where chats are kept. Every method that fails because of the database throws StorageError. */
export interface ChatStore {
  head(chatId: string): Promise<ChatHead | null>;
  /**
   * Settled, not superseded messages before `beforePosition`, newest first, at most `limit`; by an index, whatever the
   * chat's length (CHAT-10).
   */
  recent(chatId: string, beforePosition: number, limit: number): Promise<ContextMessage[]>;
  begin(turn: Turn): Promise<void>;
  findKey(key: string): Promise<{ runId: string; chatId: string; bodyHash: string } | null>;
  /** Removes keys made before this moment. */
  forgetKeys(before: Date): Promise<number>;

  /** Chats, newest first by updatedAt. Throws InvalidRequestError for a cursor that it did not make. */
  list(limit: number, cursor: string | null): Promise<Page<ChatSummary>>;
  /** A chat's messages in order. */
  messages(
    chatId: string,
    options: { limit: number; cursor: string | null; superseded: boolean },
  ): Promise<Page<Message>>;
  /** By id, or by the id that the client gave it. */
  message(chatId: string, messageId: string): Promise<Message | null>;
  /** Answers false when the chat does not exist. */
  rename(chatId: string, title: string): Promise<boolean>;
  /** With its messages, runs and idempotency keys. Answers false when it does not exist. */
  delete(chatId: string): Promise<boolean>;
}
