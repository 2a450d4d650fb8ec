import type { ChatHead, ChatStore, ChatSummary, ContextMessage, Message, Page, Turn } from '../chat/store.ts';
import { RECENT_CHARS } from '../chat/store.ts';
import type { PrismaClient } from './generated/client.ts';
import { type ListedMessageRow, messageOf, TEXTS } from './message-row.ts';
import {
  ALL_MESSAGES,
  CURRENT_MESSAGES,
  HEAD,
  KEY,
  MESSAGE_BY_ID,
  MESSAGE_OF_CLIENT,
  NEWEST_CHATS,
  NEWEST_MESSAGES,
  OLDER_CHATS,
  RECENT,
  SIZES_FROM,
} from './reads/chat-queries.ts';
import { withLongTexts } from './reads/long-texts.ts';
import { decodeCursor, page } from './reads/paging.ts';
import { reading, select } from './reads/query.ts';
import { removeChat } from './writes/chat-deletion.ts';
import type { GroupCommit } from './writes/group-commit.ts';
import { removeOldKeys, renameChat } from './writes/single-statements.ts';
import type { SizeLimit } from './writes/size-limit.ts';
import { toColumn } from './writes/statement.ts';
import { writesOfTurn } from './writes/turn.ts';

/** What an edit may supersede on this thread, about 5 ms of it: SQLite writes each row again, with its text. */
const SUPERSEDED_MESSAGES = 200;
const SUPERSEDED_BYTES = 1024 * 1024;

/** Idempotency keys that one transaction removes. */
const KEYS_AT_ONCE = 1_000;

/** Chats and their messages in SQLite. */
export class SqliteChatStore implements ChatStore {
  readonly #reader: PrismaClient;
  readonly #commits: GroupCommit;
  readonly #sizeLimit: SizeLimit;

  constructor(reader: PrismaClient, commits: GroupCommit, sizeLimit: SizeLimit) {
    this.#reader = reader;
    this.#commits = commits;
    this.#sizeLimit = sizeLimit;
  }

  async head(chatId: string): Promise<ChatHead | null> {
    const [head] = await select(this.#reader, HEAD, chatId);
    return head ?? null;
  }

  async recent(chatId: string, beforePosition: number, limit: number): Promise<ContextMessage[]> {
    const rows = await select(this.#reader, RECENT, chatId, beforePosition, limit);
    const whole = withLongTexts(rows, ({ id }) =>
      reading(this.#reader.message.findUnique({ where: { id }, select: { content: true } })),
    );
    const messages: ContextMessage[] = [];
    let chars = 0;
    for await (const { position, role, content, tokens } of whole) {
      messages.push({ position, role, content, tokens });
      chars += content.length;
      if (chars >= RECENT_CHARS) break;
    }
    return messages;
  }

  async newest(chatId: string, limit: number, characters: number) {
    const chat = await this.head(chatId);
    if (!chat) return null;
    const rows = await select(this.#reader, NEWEST_MESSAGES, chatId, limit + 1);
    const messages: Message[] = [];
    let total = 0;
    let isCut = false;
    for await (const row of this.#withLongTexts(rows)) {
      total += row.content.length + (row.reasoning?.length ?? 0);
      isCut = messages.length === limit || (messages.length > 0 && total > characters);
      if (isCut) break;
      messages.push(messageOf(row));
    }
    return { chat, messages: messages.reverse(), isCut };
  }

  async begin(turn: Turn): Promise<void> {
    this.#sizeLimit.check();
    const writes = writesOfTurn(turn);
    const { chat, supersedeFrom } = turn;
    if (supersedeFrom !== null && this.#isMuch(chat.id, supersedeFrom)) {
      await this.#commits.writeLong(writes);
    } else {
      await this.#commits.write(writes);
    }
  }

  async findKey(ownerId: string, key: string) {
    const [found] = await select(this.#reader, KEY, ownerId, key);
    return found ?? null;
  }

  async forgetKeys(before: Date): Promise<number> {
    const row = { before: toColumn(before), limit: KEYS_AT_ONCE };
    let removed = 0;
    for (let slice = KEYS_AT_ONCE; slice === KEYS_AT_ONCE; removed += slice) {
      slice = await this.#commits.run(removeOldKeys, row);
    }
    return removed;
  }

  async list(ownerId: string, limit: number, cursor: string | null): Promise<Page<ChatSummary>> {
    const after = cursor === null ? null : decodeCursor(cursor, /^chat (?<time>\d{1,15}) (?<id>\S+)$/);
    const before = after && [toColumn(new Date(Number(after.time))), after.id];
    const rows = before
      ? await select(this.#reader, OLDER_CHATS, ownerId, ...before, limit + 1)
      : await select(this.#reader, NEWEST_CHATS, ownerId, limit + 1);
    const whole = withLongTexts(rows, ({ id }) =>
      reading(this.#reader.chat.findUnique({ where: { id }, select: { systemPrompt: true } })),
    );
    const { items, nextCursor } = await page(
      whole,
      limit,
      ({ updatedAt, id }) => `chat ${updatedAt.getTime()} ${id}`,
      ({ title, systemPrompt }) => Buffer.byteLength(title) + Buffer.byteLength(systemPrompt ?? ''),
    );
    return { items: items.map(({ isLong: _, ...chat }) => chat), nextCursor };
  }

  async messages(
    chatId: string,
    { limit, cursor, superseded }: { limit: number; cursor: string | null; superseded: boolean },
  ): Promise<Page<Message>> {
    const after = cursor === null ? null : decodeCursor(cursor, /^message (?<position>\d{1,9})$/);
    const query = superseded ? ALL_MESSAGES : CURRENT_MESSAGES;
    const rows = await select(this.#reader, query, chatId, Number(after?.position ?? -1), limit + 1);
    const { items, nextCursor } = await page(
      this.#withLongTexts(rows),
      limit,
      ({ position }) => `message ${position}`,
      ({ content, reasoning }) => Buffer.byteLength(content) + Buffer.byteLength(reasoning ?? ''),
    );
    return { items: items.map(messageOf), nextCursor };
  }

  async message(chatId: string, messageId: string): Promise<Message | null> {
    const [byId] = await select(this.#reader, MESSAGE_BY_ID, messageId, chatId);
    const [row = byId] = byId ? [] : await select(this.#reader, MESSAGE_OF_CLIENT, chatId, messageId);
    return row ? messageOf(row) : null;
  }

  async rename(chatId: string, title: string): Promise<boolean> {
    const changes = await this.#commits.run(renameChat, { id: chatId, title });
    if (changes > 0) await this.#commits.scrub();
    return changes > 0;
  }

  async delete(chatId: string): Promise<boolean> {
    if (!(await removeChat(this.#commits, chatId))) return false;
    await this.#commits.scrub();
    return true;
  }

  /** Whether to supersede these messages would hold up this thread. */
  #isMuch(chatId: string, fromPosition: number): boolean {
    const sizes = this.#commits.select(SIZES_FROM, chatId, fromPosition, SUPERSEDED_MESSAGES + 1);
    const bytes = sizes.reduce((sum, message) => sum + Number(message.bytes), 0);
    return sizes.length > SUPERSEDED_MESSAGES || bytes > SUPERSEDED_BYTES;
  }

  #withLongTexts(rows: readonly ListedMessageRow[]): AsyncIterable<ListedMessageRow> {
    return withLongTexts(rows, ({ id }) =>
      reading(this.#reader.message.findUnique({ where: { id }, select: TEXTS })),
    );
  }
}
