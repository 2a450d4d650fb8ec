import type { FileChange } from './events.ts';
import type { Http } from './http.ts';

export interface Chat {
  id: string;
  title: string;
  systemPrompt: string | null;
  /** ISO 8601, like all times here. */
  createdAt: string;
  updatedAt: string;
}

export interface ChatSummary extends Chat {
  messageCount: number;
}

export type MessageStatus = 'streaming' | 'complete' | 'stopped' | 'interrupted' | 'failed';

/** A message as the server keeps it. */
export interface StoredMessage {
  id: string;
  chatId: string;
  /** 0, 1, 2 … within the chat. */
  position: number;
  role: 'user' | 'assistant';
  status: MessageStatus;
  content: string;
  reasoning: string | null;
  tokens: number | null;
  clientId: string | null;
  /** The run that wrote it, or does; null: none did. */
  runId: string | null;
  /** What it did to the files of a workspace; null: nothing. */
  edits: FileChange[] | null;
  createdAt: string;
  supersededAt: string | null;
}

export interface ChatList {
  chats: ChatSummary[];
  /** Null on the last page. */
  nextCursor: string | null;
}

export interface ChatPage {
  chat: Chat;
  /** Oldest first. */
  messages: StoredMessage[];
  /** The answer that streams now; its text in `messages` is exact up to `lastEventId`. */
  activeRun: { runId: string; lastEventId: string } | null;
  nextCursor: string | null;
}

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

/** Chats that the server keeps. Every method rejects with a ChatClientError. */
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

  /** Also stops what runs in it. */
  delete(chatId: string): Promise<void> {
    return this.#http.request(pathOf(chatId), { method: 'DELETE' }, () => {});
  }

  /** The text of the file. */
  export(chatId: string, { format, superseded, signal }: ExportOptions = {}): Promise<string> {
    const request = { query: { format, include: include(superseded) }, signal };
    return this.#http.request(`${pathOf(chatId)}/export`, request, (response) => response.text());
  }
}

export function pathOf(chatId: string): string {
  return `/api/chat/${encodeURIComponent(chatId)}`;
}

function include(superseded: boolean | undefined): string | undefined {
  return superseded ? 'superseded' : undefined;
}
