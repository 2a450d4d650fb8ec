import type { ProgressEvent, StatusEvent } from '../../wire/events.ts';
import type { Chat } from '../../wire/messages.ts';
import type { ChatClientError } from '../errors.ts';
import type { ConnectionState } from '../run/connection.ts';
import type { ChatMessage } from './chat-message.ts';

/** The model that answers. */
export interface Answerer {
  model: string;
  provider: string;
}

/** An answer that is on its way. Times are values of `performance.now()`. */
export interface Answering {
  /** When it was asked for, or when this session began to follow it. */
  startedAt: number;
  /**
   * Since when nothing has come from the provider; in the future while the next attempt waits. Null where that is not
   * known (the session joined a run that was already going on) and while a file is being written.
   */
  silentSince: number | null;
  /** `stop()` was called, and the terminal event has not come yet. */
  stopping: boolean;
  /** The last that the server said about its provider: a retry, or another model that answers instead. */
  lastStatus: StatusEvent | null;
}

/** A question that the server did not take; no run answers it. */
export interface UnsentQuestion {
  content: string;
  /** False: `regenerate` was refused, whose question is stored already. */
  isNew: boolean;
}

/** What failed: loading the chat, asking (there is no run), following a run to its end, the run itself, or `stop`. */
export type FailedStep = 'loading' | 'asking' | 'following' | 'answer' | 'stopping';

/** A chat at one moment. Snapshots are never changed; each change makes a new one. */
export interface ChatSnapshot {
  /** Null until a new chat has its first answer. */
  chatId: string | null;
  /** As it is stored, its title for example; null until it was loaded. */
  chat: Chat | null;
  /** When the server was last asked there was no such chat: not yet, or not any more. */
  missing: boolean;
  /** Oldest first, the answer that streams included. */
  messages: readonly ChatMessage[];
  /** The last of the messages while it streams. */
  streaming: ChatMessage | null;
  /** `send`, `edit` and `regenerate` are refused unless it is idle. */
  phase: 'idle' | 'loading' | 'answering';
  /** Null unless the phase is `answering`. */
  answering: Answering | null;
  /** The model that answers, or answered last, as far as it is known. */
  answerer: Answerer | null;
  progress: ProgressEvent | null;
  /** The provider is being tried again. */
  status: StatusEvent | null;
  /** Of the answer that streams, or streamed last. */
  connection: ConnectionState;
  /** What went wrong last; null again with the next question. */
  error: ChatClientError | null;
  /** What the error is about. */
  failedStep: FailedStep | null;
  /** Not null where `failedStep` is `asking`. */
  unsent: UnsentQuestion | null;
}

export const NO_ERROR = { error: null, failedStep: null, unsent: null } as const;

export function emptySnapshot(chatId: string | null): ChatSnapshot {
  return {
    chatId,
    chat: null,
    missing: false,
    messages: [],
    streaming: null,
    phase: 'idle',
    answering: null,
    answerer: null,
    progress: null,
    status: null,
    connection: { state: 'closed' },
    ...NO_ERROR,
  };
}
