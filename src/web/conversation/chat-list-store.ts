import type { ChatSummary, Chats } from '../../client/index.ts';
import { Cell } from '../shell/store.ts';
import { sentenceOf } from './error-texts.ts';

const PAGE = 40;

export interface ChatListState {
  chats: readonly ChatSummary[];
  nextCursor: string | null;
  loading: boolean;
  failure: string | null;
}

/** Past chats, newest first, as many pages as were loaded. */
export class ChatListStore {
  readonly state = new Cell<ChatListState>({ chats: [], nextCursor: null, loading: true, failure: null });
  readonly #chats: Chats;
  readonly #lifetime = new AbortController();
  #latest = 0;

  constructor(chats: Chats) {
    this.#chats = chats;
  }

  /** Loads the first page again; later pages are loaded again when they are requested. */
  refresh(): Promise<void> {
    return this.#load(null);
  }

  more(): Promise<void> {
    return this.#load(this.state.value.nextCursor);
  }

  async rename(chatId: string, title: string): Promise<void> {
    await this.#chats.rename(chatId, title);
    await this.refresh();
  }

  async delete(chatId: string): Promise<void> {
    await this.#chats.delete(chatId);
    await this.refresh();
  }

  close(): void {
    this.#lifetime.abort();
  }

  async #load(cursor: string | null): Promise<void> {
    this.#latest += 1;
    const current = this.#latest;
    this.state.update({ loading: true });
    try {
      const { signal } = this.#lifetime;
      const page = await this.#chats.list({ limit: PAGE, signal, ...(cursor === null ? {} : { cursor }) });
      // A later request has newer data.
      if (current !== this.#latest) return;
      const kept = cursor === null ? [] : this.state.value.chats;
      const known = new Set(kept.map(({ id }) => id));
      const chats = [...kept, ...page.chats.filter(({ id }) => !known.has(id))];
      this.state.set({ chats, nextCursor: page.nextCursor, loading: false, failure: null });
    } catch (cause) {
      if (current === this.#latest) this.state.update({ loading: false, failure: sentenceOf(cause) });
    }
  }
}
