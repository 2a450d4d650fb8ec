import type { Message } from '../../../chat/store.ts';
import type { ChatView } from '../../../chat/view.ts';

/** A message as `useChat` keeps it (`UIMessage` of package `ai`). */
interface UiMessage {
  id: string;
  role: 'user' | 'assistant';
  metadata: { status: Message['status']; createdAt: Date };
  parts: Array<{ type: 'text' | 'reasoning'; text: string; state?: 'done' }>;
}

/**
 * A chat for `useChat({ messages })`. The answer that is streaming is left out: the client gets it from the start when
 * it resumes, and early releases would show it twice.
 */
export function uiChat({ messages, ...rest }: ChatView) {
  const settled = messages.filter(({ status }) => status !== 'streaming');
  return { ...rest, messages: settled.map(uiMessage) };
}

function uiMessage({ id, clientId, role, status, createdAt, content, reasoning }: Message): UiMessage {
  const parts: UiMessage['parts'] = [];
  if (reasoning) parts.push({ type: 'reasoning', text: reasoning, state: 'done' });
  if (content)
    parts.push({ type: 'text', text: content, ...(role === 'assistant' ? { state: 'done' } : {}) });
  return { id: clientId ?? id, role, metadata: { status, createdAt }, parts };
}
