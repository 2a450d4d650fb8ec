import type { FileChange } from './events.ts';

/** Times are ISO 8601 on the wire; the server works with `Date`, so both have one description here. */

export type Role = 'user' | 'assistant';

/** The states of an answer; a user's message is `complete`. */
export type MessageStatus = 'streaming' | 'complete' | 'stopped' | 'interrupted' | 'failed';

export interface Chat<Time = string> {
  id: string;
  title: string;
  systemPrompt: string | null;
  createdAt: Time;
  updatedAt: Time;
}

export interface ChatSummary<Time = string> extends Chat<Time> {
  messageCount: number;
}

/** A message as the server keeps it. */
export interface StoredMessage<Time = string> {
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
  /** The run that wrote it, or is writing it; null: none did. */
  runId: string | null;
  /**
   * Why that run ended: `stop`, `length` (cut off), `content_filter` (cut off), a stop cause, `shutdown`, `crash`, or
   * the code of an error. Null: it has not ended, or no run wrote it.
   */
  cause: string | null;
  /** What it did to the files of a workspace; null: nothing. */
  edits: FileChange[] | null;
  createdAt: Time;
  supersededAt: Time | null;
}

export interface ChatList<Time = string> {
  chats: ChatSummary<Time>[];
  /** Null on the last page. */
  nextCursor: string | null;
}

export interface ChatPage<Time = string> {
  chat: Chat<Time>;
  /** Oldest first. */
  messages: StoredMessage<Time>[];
  /** The answer that streams now; its text in `messages` is exact up to `lastEventId`. */
  activeRun: { runId: string; lastEventId: string } | null;
  nextCursor: string | null;
}
