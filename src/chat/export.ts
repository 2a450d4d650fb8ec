import type { Runs } from '../runs/runs.ts';
import type { Chat, ChatStore, Message } from './store.ts';
import { viewChat } from './view.ts';

const AT_ONCE = 500;

/** A whole chat. Null when there is none. */
export async function collectChat(
  store: ChatStore,
  runs: Pick<Runs, 'activeIn'>,
  chatId: string,
  superseded: boolean,
): Promise<{ chat: Chat; messages: Message[] } | null> {
  const messages: Message[] = [];
  for (let cursor: string | null = null; ; ) {
    const view = await viewChat(store, runs, chatId, { limit: AT_ONCE, cursor, superseded });
    if (!view) return null;
    messages.push(...view.messages);
    cursor = view.nextCursor;
    if (cursor === null) return { chat: view.chat, messages };
  }
}

/** A chat to read. What the model wrote is Markdown already and stays as it is. */
export function asMarkdown({ chat, messages }: { chat: Chat; messages: readonly Message[] }): string {
  const parts = [`# ${chat.title.replaceAll(/\s+/g, ' ')}`];
  if (chat.systemPrompt) parts.push(quoted(chat.systemPrompt));
  for (const { role, status, content, createdAt, supersededAt } of messages) {
    const who = role === 'user' ? 'User' : 'Assistant';
    const notes = [
      createdAt.toISOString(),
      ...(status === 'complete' ? [] : [status]),
      ...(supersededAt ? ['superseded'] : []),
    ];
    parts.push(`## ${who} (${notes.join(', ')})`, content);
  }
  return `${parts.join('\n\n')}\n`;
}

function quoted(text: string): string {
  return text
    .split('\n')
    .map((line) => `> ${line}`)
    .join('\n');
}
