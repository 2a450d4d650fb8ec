import type { MessageStatus, StoredMessage } from './chats.ts';
import type { ConnectionState } from './connection.ts';
import type { ChatClientError } from './errors.ts';
import type { ProgressEvent, StatusEvent, TerminalEvent } from './events.ts';

/** A message as it is shown. A user's message that is `failed` never reached the server. */
export interface ChatMessage {
  /** The server's; for a new question one of this session until the chat is loaded again. */
  id: string;
  role: 'user' | 'assistant';
  status: MessageStatus;
  content: string;
  reasoning: string | null;
}

/** A chat at one moment. Snapshots are never changed; each change makes a new one. */
export interface ChatSnapshot {
  /** Null until a new chat has its first answer. */
  chatId: string | null;
  /** Oldest first, the answer that streams included. */
  messages: readonly ChatMessage[];
  /** The last of the messages while it streams. */
  streaming: ChatMessage | null;
  /** `send` is refused unless it is idle. */
  phase: 'idle' | 'loading' | 'answering';
  progress: ProgressEvent | null;
  /** The provider is being tried again. */
  status: StatusEvent | null;
  /** Of the answer that streams, or streamed last. */
  connection: ConnectionState;
  /** What went wrong last; null again with the next thing that is asked. */
  error: ChatClientError | null;
}

export function shown({ id, role, status, content, reasoning }: StoredMessage): ChatMessage {
  return { id, role, status, content, reasoning };
}

export function statusOf(terminal: TerminalEvent): MessageStatus {
  if (terminal.type !== 'error') return terminal.type;
  return terminal.code === 'interrupted' ? 'interrupted' : 'failed';
}
