import type { Runs } from '../runs/runs.ts';
import type { ChatPage } from '../wire/messages.ts';
import type { Chat, ChatStore } from './store.ts';

export type ChatView = ChatPage<Date>;

/** Upper limit of reads: a run can end between two queries, but not again and again. */
const MOST_READS = 5;

/** A chat at this moment, including the live text of its answer. Null when it does not exist. */
export async function viewChat(
  store: Pick<ChatStore, 'head' | 'messages'>,
  runs: Pick<Runs, 'activeIn'>,
  chatId: string,
  options: { limit: number; cursor: string | null; superseded: boolean },
): Promise<ChatView | null> {
  for (let read = 1; ; read += 1) {
    const before = runs.activeIn(chatId);
    const head = await store.head(chatId);
    if (!head) return null;
    const { items, nextCursor } = await store.messages(chatId, options);
    // Nothing is awaited from here on, so that the text of the log and the result belong to the same moment.
    const run = runs.activeIn(chatId);
    // A run that has started in the meantime may have messages that were not read.
    if (run && run !== before && read < MOST_READS) continue;
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
