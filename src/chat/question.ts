import type { OnDisconnect } from '../runs/run.ts';
import type { Role } from '../wire/messages.ts';
import type { Parameters } from './models.ts';

export interface QuestionLimits {
  messagesPerRequest: number;
  messageChars: number;
}

/** Options of a generation, common to all requests that start a run. */
export interface GenerationOptions {
  /** Absent: the default model. */
  model: string | undefined;
  parameters: Parameters;
  onDisconnect: OnDisconnect | undefined;
}

/** A validated question, independent of the protocol of its request. */
export interface Question extends GenerationOptions {
  /** Null: a new chat. */
  chatId: string | null;
  /** Throw when the chat does not exist, instead of creating it. Default false. */
  mustExist?: boolean;
  /** The request's system prompt; undefined: it has none. */
  systemPrompt: string | undefined;
  /** Earlier messages in the request; imported only into an unknown chat (CHAT-3). */
  history: ReadonlyArray<{ role: Role; content: string; clientId: string | null }>;
  content: string;
  clientId: string | null;
}

export interface Regeneration extends GenerationOptions {
  /** Id of the answer to replace, or of its question; absent: the last answer. */
  messageId: string | undefined;
}

export interface Edit extends GenerationOptions {
  messageId: string;
  content: string;
  /** The client's own id for the new message; null: none. */
  clientId: string | null;
}
