import type { StoredMessage, TerminalEvent, Timeouts } from '../../client/index.ts';
import { uniqueId } from '../../client/unique.ts';
import type { ShownMessage } from './conversation-state.ts';
import { sentenceOf } from './sentences.ts';

/** A question that is on its way. */
export function question(content: string): ShownMessage {
  const key = uniqueId();
  return { key, id: null, role: 'user', status: 'complete', content, reasoning: null };
}

/** Where its answer will stand. */
export function answer(): ShownMessage {
  const key = uniqueId();
  return { key, id: null, role: 'assistant', status: 'streaming', content: '', reasoning: null };
}

/** An answer whose run has ended. */
export function ended(
  message: ShownMessage,
  terminal: TerminalEvent,
  timeouts: Timeouts | null,
): ShownMessage {
  return {
    ...message,
    status: statusOf(terminal),
    ...reasonOf(terminal, timeouts),
    ...verdictOf(terminal),
    ...editOf(message, terminal),
  };
}

/** The server's messages; those that are shown already stay what they are, with what only this window knows of them. */
export function shown(stored: readonly StoredMessage[], before: readonly ShownMessage[]): ShownMessage[] {
  return stored.map(({ id, role, status, content, reasoning, runId, edits }, index) => {
    const same = before[index]?.role === role && [id, null].includes(before[index].id) ? before[index] : null;
    const known: Partial<ShownMessage> = same?.status === status ? same : {};
    const files = known.files ?? edits?.map((change) => ({ ...change, lines: null }));
    const key = same?.key ?? id;
    return { ...known, key, id, role, status, content, reasoning, runId, ...(files ? { files } : {}) };
  });
}

function statusOf(terminal: TerminalEvent): ShownMessage['status'] {
  if (terminal.type === 'complete') return 'complete';
  if (terminal.type === 'stopped') return 'stopped';
  return terminal.code === 'interrupted' ? 'interrupted' : 'failed';
}

function verdictOf(terminal: TerminalEvent): Pick<ShownMessage, 'verdict'> {
  if (terminal.type !== 'complete' || terminal.valid === undefined) return {};
  return { verdict: { valid: terminal.valid, errors: terminal.validationErrors ?? [] } };
}

function editOf(message: ShownMessage, { edit }: TerminalEvent): Pick<ShownMessage, 'files' | 'outcome'> {
  if (!edit) return {};
  const files = edit.files.map((change) => {
    const lines = message.files?.find(({ fileId }) => fileId === change.fileId)?.lines ?? null;
    return { ...change, lines };
  });
  return { files, outcome: edit.outcome };
}

function reasonOf(terminal: TerminalEvent, timeouts: Timeouts | null): Pick<ShownMessage, 'reason'> {
  // That the server went away is all there is to say of an interrupted answer, and its status says it.
  if (terminal.type === 'error')
    return terminal.code === 'interrupted' ? {} : { reason: sentenceOf(terminal, timeouts) };
  if (terminal.type === 'stopped' || terminal.finishReason === 'stop') return {};
  return {
    reason:
      terminal.finishReason === 'length'
        ? 'The answer reached the longest length that it may have.'
        : 'The provider’s content filter ended this answer.',
  };
}
