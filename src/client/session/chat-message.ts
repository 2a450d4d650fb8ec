import type { FileChange, FileEvent, TerminalEvent } from '../../wire/events.ts';
import type { MessageStatus, StoredMessage } from '../../wire/messages.ts';
import { uniqueId } from '../random-id.ts';

/** A message as it is shown. A user's message that is `failed` never reached the server. */
export interface ChatMessage {
  /** Stays the same from the moment the message is first shown: for lists. */
  key: string;
  /** The server's, once it is known (`isStored`); until then the key. */
  id: string;
  isStored: boolean;
  role: 'user' | 'assistant';
  status: MessageStatus;
  content: string;
  reasoning: string | null;
  /** The run that wrote it; null: none did, or it is not known yet. */
  runId: string | null;
  /** Why that run ended (see `StoredMessage.cause`); null: it has not, or no run wrote it. */
  cause: string | null;
  /** What the answer does to the files of a workspace. */
  files: readonly EditedFile[];
  /** Sentences of the server about that (`status_update`). */
  statusUpdates: readonly string[];
  /** The event that ended its run; null where this session did not see it. */
  terminal: TerminalEvent | null;
}

/** A file of a workspace, as an answer changes it. */
export interface EditedFile extends Omit<FileChange, 'change'> {
  change: FileChange['change'] | 'writing';
  /** Its text before and after, where this session saw the change; `before` is null for a new file. */
  before?: string | null;
  after?: string;
}

/** A question that is on its way. */
export function newQuestion(content: string): ChatMessage {
  return { ...newMessage(), role: 'user', status: 'complete', content };
}

/** Its answer, before anything of it has come. */
export function newAnswer(): ChatMessage {
  return { ...newMessage(), role: 'assistant', status: 'streaming' };
}

function newMessage(): Omit<ChatMessage, 'role' | 'status'> {
  const key = uniqueId();
  const unknown = { runId: null, cause: null, files: [], statusUpdates: [], terminal: null };
  return { key, id: key, isStored: false, content: '', reasoning: null, ...unknown };
}

/** The server's messages; those that are shown already keep their keys, and what only this session knows of them. */
export function withStored(
  stored: readonly StoredMessage[],
  shown: readonly ChatMessage[],
): readonly ChatMessage[] {
  return stored.map(({ id, role, status, content, reasoning, runId, cause, edits }, index) => {
    const other = shown[index];
    const same = other?.role === role && (other.id === id || !other.isStored) ? other : null;
    const known = same?.status === status ? same : null;
    return {
      ...{ key: same?.key ?? id, id, isStored: true, role, status, content, reasoning, runId, cause },
      files: known && known.files.length > 0 ? known.files : (edits ?? []),
      statusUpdates: known?.statusUpdates ?? [],
      terminal: known?.terminal ?? null,
    };
  });
}

/** An answer after one more event about a file. */
export function withFileEvent(message: ChatMessage, event: FileEvent): ChatMessage {
  if (event.type === 'status_update') {
    return { ...message, statusUpdates: [...message.statusUpdates, event.status] };
  }
  const { fileId } = event;
  return { ...message, files: [...message.files.filter((file) => file.fileId !== fileId), fileOf(event)] };
}

function fileOf(event: Exclude<FileEvent, { type: 'status_update' }>): EditedFile {
  const { fileId, name } = event;
  switch (event.type) {
    case 'file_start':
      return { fileId, name, change: 'writing' };
    case 'file_complete': {
      const { before, after } = event;
      return { fileId, name, change: before === null ? 'created' : 'changed', before, after };
    }
    case 'file_delete':
      return { fileId, name, change: 'deleted', before: event.before, after: '' };
  }
}

/** An answer whose run has ended. */
export function ended(message: ChatMessage, terminal: TerminalEvent): ChatMessage {
  const { edit } = terminal;
  const files = edit?.files.map((change) => ({
    ...message.files.find(({ fileId }) => fileId === change.fileId),
    ...change,
  }));
  return {
    ...message,
    status: statusOf(terminal),
    cause: causeOf(terminal),
    files: files ?? message.files,
    terminal,
  };
}

function statusOf(terminal: TerminalEvent): MessageStatus {
  if (terminal.type !== 'error') return terminal.type;
  return terminal.code === 'interrupted' ? 'interrupted' : 'failed';
}

function causeOf(terminal: TerminalEvent): string {
  if (terminal.type === 'complete') return terminal.finishReason;
  return terminal.type === 'stopped' ? terminal.cause : terminal.code;
}
