import type { ChatState } from '../chat/store.ts';
import type { FileChange } from '../wire/events.ts';
import type { MessageStatus, Role } from '../wire/messages.ts';
import { newestMessages } from './newest-messages.ts';

/** A message as viewers see it. */
export interface MirroredMessage {
  id: string;
  /** 0, 1, 2 … within the chat; superseded messages leave gaps. */
  position: number;
  role: Role;
  status: MessageStatus;
  content: string;
  /** Only where there is one. */
  reasoning?: string;
  /** The run that writes or wrote it; only for answers. */
  runId?: string;
  /** Why that run ended; only after it did. */
  cause?: string;
  /** What it changed in the files of a workspace; only where it changed something. */
  edits?: FileChange[];
  /** ISO 8601. */
  createdAt: string;
}

/** The document `chats/{chatId}` (MIRROR-1). */
export interface ChatDocument {
  id: string;
  title: string;
  status: 'idle' | 'streaming';
  /** The live run. */
  activeRunId: string | null;
  /** The newest ones, oldest first. */
  messages: MirroredMessage[];
  /** ISO 8601. */
  updatedAt: string;
}

/** The answer of a run whose result is not stored yet. */
export interface LiveAnswer {
  runId: string;
  messageId: string;
  status: MessageStatus;
  /** Null while it streams. */
  cause: string | null;
  content: string;
  reasoning: string;
}

/** The document that corresponds to the database, and to the log of a run whose result is not stored yet. */
export function documentOf(
  { chat, messages }: Pick<ChatState, 'chat' | 'messages'>,
  live: LiveAnswer | null,
): ChatDocument {
  const streaming = live?.status === 'streaming';
  const shown = messages.map((message): MirroredMessage => {
    const unsettled = message.status === 'streaming' && message.id === live?.messageId;
    const { status, cause, content, reasoning } = unsettled ? live : message;
    const { id, position, role, runId, edits } = message;
    const createdAt = message.createdAt.toISOString();
    return {
      id,
      position,
      role,
      status,
      content,
      ...(reasoning ? { reasoning } : {}),
      ...(runId === null ? {} : { runId }),
      ...(cause === null ? {} : { cause }),
      ...(edits ? { edits } : {}),
      createdAt,
    };
  });
  return {
    id: chat.id,
    title: chat.title,
    status: streaming ? 'streaming' : 'idle',
    activeRunId: streaming ? live.runId : null,
    messages: newestMessages(shown),
    updatedAt: chat.updatedAt.toISOString(),
  };
}
