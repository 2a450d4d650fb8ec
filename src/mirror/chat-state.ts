import { endedMessage } from '../chat/ended-message.ts';
import type { ChatState, Turn } from '../chat/store.ts';
import type { RunResult } from '../runs/store.ts';
import { newestMessages } from './newest-messages.ts';

// While a chat is in use, the mirror computes its state in the database from each stored turn and result, instead of
// reading it twice for each answer. These functions must have the same effect as the SQL of src/store.

/** Without the time of the last change, which is the turn's. */
type Before = Omit<ChatState, 'chat'> & { chat: Omit<ChatState['chat'], 'updatedAt'> };

/**
 * The state after a turn was stored. Null: it cannot be computed and must be read. `limit`: how many messages are
 * mirrored.
 */
export function afterTurn(state: ChatState | null, turn: Turn, limit: number): ChatState | null {
  const { chat, firstPosition, supersedeFrom, run, now } = turn;
  const before: Before | null = chat.create
    ? { chat: { id: chat.id, title: chat.create.title }, messages: [], isCut: false }
    : state;
  if (!before) return null;
  const kept = before.messages.filter(
    ({ position }) => position < (supersedeFrom ?? Number.POSITIVE_INFINITY),
  );
  // When messages are superseded, older ones that are not known here may take their place.
  const isCut = before.isCut ?? before.messages.length >= limit;
  if (kept.length < before.messages.length && isCut) return null;
  const added = turn.messages.map(({ id, role, status, content }, index) => ({
    id,
    position: firstPosition + index,
    role,
    status,
    content,
    reasoning: null,
    runId: id === run.messageId ? run.runId : null,
    cause: null,
    edits: null,
    createdAt: now,
  }));
  const all = [...kept, ...added];
  const messages = newestMessages(all, limit);
  return {
    chat: { ...before.chat, updatedAt: now },
    messages,
    isCut: isCut || messages.length < all.length,
  };
}

/** The state after the result of a run was stored. */
export function afterResult(state: ChatState | null, result: RunResult): ChatState | null {
  if (!state) return null;
  const { messageId, endedAt } = result;
  const updatedAt = new Date(Math.max(endedAt.getTime(), state.chat.updatedAt.getTime()));
  const all = state.messages.map((message) =>
    message.id === messageId && message.status === 'streaming'
      ? { ...message, ...endedMessage(result) }
      : message,
  );
  const messages = newestMessages(all);
  const isCut = messages.length < all.length || state.isCut;
  return { chat: { ...state.chat, updatedAt }, messages, ...(isCut === undefined ? {} : { isCut }) };
}
