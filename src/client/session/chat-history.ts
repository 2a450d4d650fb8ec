import type { Chat, ChatPage, StoredMessage } from '../../wire/messages.ts';
import type { Chats } from '../chats.ts';

/** Messages in one response; the most that the server allows. */
const PAGE = 500;

export interface LoadedChat {
  chat: Chat;
  messages: StoredMessage[];
  activeRun: ChatPage['activeRun'];
}

/** The stored messages of a chat, read page by page. What was read is kept, so that reading again costs one page. */
export class ChatHistory {
  readonly chatId: string;
  readonly #chats: Chats;
  #known: StoredMessage[] = [];
  /** Where the last page began: from there on messages may still change. */
  #cursor: string | undefined;

  constructor(chats: Chats, chatId: string) {
    this.#chats = chats;
    this.chatId = chatId;
  }

  /** Reads what is new: everything the first time, the last page afterwards. Rejects with a ChatClientError. */
  async load(signal: AbortSignal): Promise<LoadedChat> {
    let cursor = this.#cursor;
    for (;;) {
      const { chat, messages, activeRun, nextCursor } = await this.#chats.get(this.chatId, {
        limit: PAGE,
        signal,
        ...(cursor === undefined ? {} : { cursor }),
      });
      this.#cursor = cursor;
      const [first] = messages;
      const before = cursor === undefined || !first ? [] : this.#known.filter(isBefore(first));
      this.#known = [...before, ...messages];
      if (nextCursor === null) return { chat, messages: this.#known, activeRun };
      cursor = nextCursor;
    }
  }
}

function isBefore(first: StoredMessage): (message: StoredMessage) => boolean {
  return ({ position }) => position < first.position;
}
