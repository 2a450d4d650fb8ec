import type { Runs } from '../runs/runs.ts';
import type { Chat, ChatStore, Message } from './store.ts';

export interface ChatView {
  chat: Chat;
  messages: Message[];
  /** The answer that streams now: its text in `messages` is exact up to this position. */
  activeRun: { runId: string; lastEventId: string } | null;
  nextCursor: string | null;
}

/** A run can end between two queries; it does not do so again and again. */
const MOST_READS = 5;

/** A chat as it is at this moment, the live text of its answer included. Null when there is none. */
export async function viewChat(
  store: Pick<ChatStore, 'head' | 'messages'>,
  runs: Pick<Runs, 'activeIn'>,
  chatId: string,
  options: { limit: number; cursor: string | null; superseded: boolean },
): Promise<ChatView | null> {
  for (let read = 1; ; read += 1) {
    const head = await store.head(chatId);
    if (!head) return null;
    const { items, nextCursor } = await store.messages(chatId, options);
    // From here on nothing waits: what the log says and what is answered belong to one moment.
    const run = runs.activeIn(chatId);
    const unfinished = items.find(({ status }) => status === 'streaming');
    const known = run && !run.log.terminal ? run : undefined;
    if (unfinished && unfinished.id !== known?.description.messageId && read < MOST_READS) continue;
    const chat = chatOf(head);
    if (!known) return { chat, messages: items, activeRun: null, nextCursor };
    const { content, reasoning, position } = known.log.text();
    const { runId, messageId } = known.description;
    const messages = items.map((message) =>
      message.id === messageId ? { ...message, content, reasoning: reasoning || null } : message,
    );
    return { chat, messages, activeRun: { runId, lastEventId: `${runId}:${position}` }, nextCursor };
  }
}

/** A chat as clients see it. */
export function chatOf({ id, title, systemPrompt, createdAt, updatedAt }: Chat): Chat {
  return { id, title, systemPrompt, createdAt, updatedAt };
}
