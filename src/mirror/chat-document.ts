import type { Role } from '../chat/store.ts';
import type { FileChange } from '../runs/events.ts';
import type { MessageStatus } from '../runs/store.ts';
import type { ChatState } from './store.ts';

/** A message as viewers see it. */
export interface MirroredMessage {
  id: string;
  /** 0, 1, 2 … within the chat; superseded messages leave gaps. */
  position: number;
  role: Role;
  status: MessageStatus;
  content: string;
  /** Only where there is some. */
  reasoning?: string;
  /** The run that wrote it, or does; only where one did. */
  runId?: string;
  /** What it did to the files of a workspace; only where it did something. */
  edits?: FileChange[];
  /** ISO 8601. */
  createdAt: string;
}

/** The document `chats/{chatId}` (MIRROR-1). */
export interface ChatDocument {
  id: string;
  title: string;
  status: 'idle' | 'streaming';
  /** The run that answers now. */
  activeRunId: string | null;
  /** The newest ones, oldest first. */
  messages: MirroredMessage[];
  /** ISO 8601. */
  updatedAt: string;
}

/** An answer that the database knows only the beginning of. */
export interface LiveAnswer {
  runId: string;
  messageId: string;
  status: MessageStatus;
  content: string;
  reasoning: string;
}

/** What the document has to say: the database's word, and for an answer that it has not got yet, the run's. */
export function documentOf({ chat, messages }: ChatState, live: LiveAnswer | null): ChatDocument {
  const streaming = live?.status === 'streaming';
  return {
    id: chat.id,
    title: chat.title,
    status: streaming ? 'streaming' : 'idle',
    activeRunId: streaming ? live.runId : null,
    messages: messages.map((message) => {
      const unsettled = message.status === 'streaming' && message.id === live?.messageId;
      const { status, content, reasoning } = unsettled ? live : message;
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
        ...(edits ? { edits } : {}),
        createdAt,
      };
    }),
    updatedAt: chat.updatedAt.toISOString(),
  };
}
