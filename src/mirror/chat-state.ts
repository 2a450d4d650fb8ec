import type { Turn } from '../chat/store.ts';
import type { FileChange, TerminalEvent } from '../runs/events.ts';
import type { Settlement } from '../runs/store.ts';
import type { ChatState } from './store.ts';

// What the database says of a chat changes in two ways while answers are given, and both are told here as they were
// stored: so the database is asked once for a chat that is in use, and not twice for each answer.

/** After a turn was stored. Null: only the database knows. `limit`: as many messages as are mirrored. */
export function afterTurn(state: ChatState | null, turn: Turn, limit: number): ChatState | null {
  const { chat, firstPosition, supersedeFrom, run, now } = turn;
  const before = chat.create ? { chat: { id: chat.id, title: chat.create.title }, messages: [] } : state;
  if (!before) return null;
  const kept = before.messages.filter(
    ({ position }) => position < (supersedeFrom ?? Number.POSITIVE_INFINITY),
  );
  // Where messages go from a full window, older ones come back into it.
  if (kept.length < before.messages.length && before.messages.length >= limit) return null;
  const added = turn.messages.map(({ id, role, status, content }, index) => ({
    id,
    position: firstPosition + index,
    role,
    status,
    content,
    reasoning: null,
    runId: id === run.messageId ? run.runId : null,
    edits: null,
    createdAt: now,
  }));
  return { chat: { ...before.chat, updatedAt: now }, messages: [...kept, ...added].slice(-limit) };
}

/** After the end of a run was stored. */
export function afterSettlement(
  state: ChatState | null,
  { messageId, status, content, reasoning, terminal, endedAt }: Settlement,
): ChatState | null {
  if (!state) return null;
  const updatedAt = endedAt > state.chat.updatedAt ? endedAt : state.chat.updatedAt;
  return {
    chat: { ...state.chat, updatedAt },
    messages: state.messages.map((message) =>
      message.id === messageId && message.status === 'streaming'
        ? { ...message, status, content, reasoning, edits: editsOf(terminal) }
        : message,
    ),
  };
}

function editsOf({ edit }: TerminalEvent): FileChange[] | null {
  return edit && edit.outcome !== 'rolled_back' && edit.files.length > 0 ? [...edit.files] : null;
}
