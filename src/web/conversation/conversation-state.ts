import type { Chat, ConnectionState, EditReport, MessageStatus } from '../../client/index.ts';
import type { VerdictOfSchema } from '../structured/verdict.tsx';
import type { EditedFile } from './edited-files.ts';

/** A message as the page shows it. */
export interface ShownMessage {
  /** Stays the same from the moment the message is first shown. */
  key: string;
  /** The server's; null until that is known. */
  id: string | null;
  role: 'user' | 'assistant';
  status: MessageStatus;
  content: string;
  reasoning: string | null;
  /** How the answer ended, beyond its status; known in the window that watched it end. */
  reason?: string;
  /** Of an answer that was to fit a schema; known where the reason is. */
  verdict?: VerdictOfSchema;
  /** What the answer does to the files of a workspace. */
  files?: readonly EditedFile[];
  /** What the server has to say about that. */
  remarks?: readonly string[];
  /** Whether it lasted; known where the reason is. */
  outcome?: EditReport['outcome'];
  /** The run that wrote it, once that is known; null: none did. */
  runId?: string | null;
}

/** Who answers. */
export interface Answerer {
  model: string;
  provider: string;
}

/** What went wrong, in a sentence, and what its button does about it. */
export interface Failure {
  message: string;
  remedy: { label: string; run(): void } | null;
}

/** An answer on its way. */
export interface Answering {
  /** Like all moments here a `performance.now()`. */
  startedAt: number;
  /**
   * Since when nothing came from the provider; in the future while the next attempt waits. Null where this window
   * cannot know, because it joined in the middle.
   */
  silentSince: number | null;
  /** What the server says about its provider: "Attempt 2/3 …". */
  remark: string | null;
  connection: ConnectionState;
  stopping: boolean;
}

export interface ConversationState {
  /** How many chats were opened here before this one: tells them apart, also new ones without an id. */
  opening: number;
  /** Null: a chat that begins with the first question. */
  chatId: string | null;
  chat: Chat | null;
  loading: boolean;
  messages: readonly ShownMessage[];
  answering: Answering | null;
  answerer: Answerer | null;
  failure: Failure | null;
}

export const EMPTY: ConversationState = {
  opening: 0,
  chatId: null,
  chat: null,
  loading: false,
  messages: [],
  answering: null,
  answerer: null,
  failure: null,
};
