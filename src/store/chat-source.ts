import type { Chat, Message } from '../chat/store.ts';
import type { PrismaClient } from './generated/client.ts';
import { HEAD } from './queries.ts';
import { reading } from './storage-errors.ts';

type NewestMessage = Pick<
  Message,
  'id' | 'position' | 'role' | 'status' | 'content' | 'reasoning' | 'createdAt'
>;

const NEWEST = `SELECT "id", "position", "role", "status", "content", "reasoning", "createdAt"
FROM "Message" INDEXED BY "Message_chatId_supersededAt_position_idx"
WHERE "chatId" = ? AND "supersededAt" IS NULL ORDER BY "position" DESC LIMIT ?`;

/** Chats as src/mirror reads them, in the shape that it asks for: adapters do not know each other. */
export class PrismaChatSource {
  readonly #reader: PrismaClient;

  constructor(reader: PrismaClient) {
    this.#reader = reader;
  }

  async newest(chatId: string, limit: number): Promise<{ chat: Chat; messages: NewestMessage[] } | null> {
    const [[chat], messages] = await reading(
      Promise.all([
        this.#reader.$queryRawUnsafe<Chat[]>(HEAD, chatId),
        this.#reader.$queryRawUnsafe<NewestMessage[]>(NEWEST, chatId, limit),
      ]),
    );
    return chat ? { chat, messages: messages.reverse() } : null;
  }
}
