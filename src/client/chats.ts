import type { Chat, ChatList, ChatPage } from '../wire/messages.ts';
import type { Http } from './http.ts';
import { addressOf } from './tickets.ts';

export interface PageOptions {
  /** 1 to 500; the server's default is 100. */
  limit?: number;
  /** `nextCursor` of the page before. */
  cursor?: string;
  signal?: AbortSignal;
}

export interface ExportOptions {
  format?: 'json' | 'markdown';
  superseded?: boolean;
  signal?: AbortSignal;
}

/** Stored chats. Every method rejects with a ChatClientError. */
export class Chats {
  readonly #http: Http;

  constructor(http: Http) {
    this.#http = http;
  }

  /** Newest first. */
  list({ limit, cursor, signal }: PageOptions = {}): Promise<ChatList> {
    return this.#http.json('/api/chats', { query: { limit, cursor }, signal });
  }

  get(
    chatId: string,
    { limit, cursor, superseded, signal }: PageOptions & { superseded?: boolean } = {},
  ): Promise<ChatPage> {
    return this.#http.json(pathOf(chatId), {
      query: { limit, cursor, include: include(superseded) },
      signal,
    });
  }

  async rename(chatId: string, title: string): Promise<Chat> {
    const { chat } = await this.#http.json<{ chat: Chat }>(pathOf(chatId), {
      method: 'PATCH',
      body: { title },
    });
    return chat;
  }

  /** Also stops its active run. */
  delete(chatId: string): Promise<void> {
    return this.#http.request(pathOf(chatId), { method: 'DELETE' }, () => {});
  }

  /** The text of the file. */
  export(chatId: string, { format, superseded, signal }: ExportOptions = {}): Promise<string> {
    const request = { query: { format, include: include(superseded) }, signal };
    return this.#http.request(`${pathOf(chatId)}/export`, request, (response) => response.text());
  }

  /** The address of the file, for a link or a download of the browser: for once, within a minute. */
  exportAddress(chatId: string, { format, superseded, signal }: ExportOptions = {}): Promise<string> {
    const query = { format, include: include(superseded) };
    return addressOf(this.#http, `${pathOf(chatId)}/export`, { query, signal });
  }
}

export function pathOf(chatId: string): string {
  return `/api/chat/${encodeURIComponent(chatId)}`;
}

function include(superseded: boolean | undefined): string | undefined {
  return superseded ? 'superseded' : undefined;
}
