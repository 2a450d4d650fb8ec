import type { ChatSummary, Chats } from '../../client/index.ts';
import { PAGE_ITEMS, PagedList } from '../shell/paged-list.ts';
import { sentenceOf } from './error-texts.ts';

/** Past chats, newest first, as many pages as were loaded. */
export class ChatListStore extends PagedList<ChatSummary> {
  readonly #chats: Chats;

  constructor(chats: Chats) {
    super(async (cursor, signal) => {
      const page = await chats.list({ limit: PAGE_ITEMS, signal, ...(cursor === null ? {} : { cursor }) });
      return { items: page.chats, nextCursor: page.nextCursor };
    }, sentenceOf);
    this.#chats = chats;
  }

  async rename(chatId: string, title: string): Promise<void> {
    await this.#chats.rename(chatId, title);
    await this.refresh();
  }

  async delete(chatId: string): Promise<void> {
    await this.#chats.delete(chatId);
    await this.refresh();
  }
}
