import type SQLite from 'better-sqlite3';
import type { Chat, Message } from '../chat/store.ts';
import { NEWEST_MESSAGES } from './queries.ts';
import { asStorageError } from './storage-errors.ts';

type NewestMessage = Pick<
  Message,
  'id' | 'position' | 'role' | 'status' | 'content' | 'reasoning' | 'runId' | 'edits' | 'createdAt'
>;

interface ChatRow {
  id: string;
  title: string;
  updatedAt: string;
}

type MessageRow = Omit<NewestMessage, 'createdAt' | 'edits'> & { createdAt: string; edits: string | null };

const CHAT = `SELECT "id", "title", "updatedAt" FROM "Chat" WHERE "id" = ?`;

/**
 * Chats as src/mirror reads them, in the shape that it asks for: adapters do not know each other. Both queries see the
 * same moment, because nothing comes between them.
 */
export class ChatSource {
  readonly #chat: SQLite.Statement<unknown[], ChatRow>;
  readonly #newest: SQLite.Statement<unknown[], MessageRow>;

  /** `reader` cannot write. */
  constructor(reader: SQLite.Database) {
    this.#chat = reader.prepare(CHAT);
    this.#newest = reader.prepare(NEWEST_MESSAGES);
  }

  async newest(
    chatId: string,
    limit: number,
  ): Promise<{ chat: Pick<Chat, 'id' | 'title' | 'updatedAt'>; messages: NewestMessage[] } | null> {
    try {
      const chat = this.#chat.get(chatId);
      if (!chat) return null;
      const messages = this.#newest.all(chatId, limit).reverse();
      return {
        chat: { ...chat, updatedAt: new Date(chat.updatedAt) },
        messages: messages.map(({ edits, createdAt, ...message }) => ({
          ...message,
          edits: edits === null ? null : JSON.parse(edits),
          createdAt: new Date(createdAt),
        })),
      };
    } catch (error) {
      throw asStorageError(error);
    }
  }
}
