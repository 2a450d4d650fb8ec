import type { ChatPage, Chats, StoredMessage } from './chats.ts';
import { ChatClientError } from './errors.ts';

const AT_ONCE = 500;

type End = Pick<ChatPage, 'messages' | 'activeRun' | 'nextCursor'>;

/** All messages of a chat, and what it is answering. A chat that does not exist yet is an empty one. */
export async function loadChat(
  chats: Chats,
  chatId: string,
  signal: AbortSignal,
): Promise<Pick<ChatPage, 'messages' | 'activeRun'>> {
  const messages: StoredMessage[] = [];
  for (let cursor: string | null = null; ; ) {
    const at = cursor === null ? null : { cursor };
    const page: End = await chats.get(chatId, { limit: AT_ONCE, signal, ...at }).catch(emptyIfUnknown);
    messages.push(...page.messages);
    cursor = page.nextCursor;
    // The answer that streams is the newest message: only the last page can have it.
    if (cursor === null) return { messages, activeRun: page.activeRun };
  }
}

function emptyIfUnknown(error: unknown): End {
  if (!(error instanceof ChatClientError) || error.code !== 'not_found') throw error;
  return { messages: [], activeRun: null, nextCursor: null };
}
