import type { TerminalEvent } from '../../wire/events.ts';
import type { Chat } from '../../wire/messages.ts';
import type { GenerationOptions } from '../../wire/requests.ts';
import type { ChatClient } from '../client.ts';

export interface SessionOptions extends SessionCallbacks {
  client: ChatClient;
  /** Absent: a new chat. */
  chatId?: string | undefined;
  /** While text streams, listeners are called at most this often. Default 32 ms. */
  refreshMs?: number | undefined;
  /**
   * The chat in which the model is asked to edit this workspace: `send` asks for an edit. Absent: a chat without files.
   * A run that goes on when the session opens is then read from its beginning, with all that happened to the files.
   */
  workspaceId?: string | undefined;
  /**
   * A `chatId` of a chat that does not exist is an error (`not_found`), when it is loaded and when something is asked
   * in it. Default false: the first question begins a chat of that id.
   */
  mustExist?: boolean | undefined;
  /**
   * What becomes of a question that the server refused. True (the default): it stays in `messages` as `failed`. False:
   * the messages are loaded again without it; `unsent` of the snapshot has its text.
   */
  keepUnsent?: boolean | undefined;
}

/** Called by a session that is open. */
export interface SessionCallbacks {
  /** A new chat has got its id. */
  onBegin?: ((chatId: string) => void) | undefined;
  /** An answer has ended, and the chat was loaded again. */
  onEnd?: ((end: AnswerEnd) => void) | undefined;
}

export interface AnswerEnd {
  terminal: TerminalEvent;
  chatId: string;
  /** Null when it could not be loaded. */
  chat: Chat | null;
  /** Since the answer was asked for, or since the session began to follow it. */
  tookMs: number;
}

export interface SessionRequest {
  model?: string;
  options?: GenerationOptions;
  /** Replaces the chat's. A workspace's chat has none. */
  systemPrompt?: string;
}
