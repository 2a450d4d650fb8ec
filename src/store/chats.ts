import type {
  Chat,
  ChatHead,
  ChatStore,
  ChatSummary,
  ContextMessage,
  Message,
  Page,
  Turn,
} from '../chat/store.ts';
import { decodeCursor, page } from './cursor.ts';
import type { PrismaClient } from './generated/client.ts';
import type { GroupCommit } from './group-commit.ts';
import { FORGET_KEYS, HEAD, KEY, NEWEST_CHATS, OLDER_CHATS, RECENT, RENAME } from './queries.ts';
import { toColumn } from './statement.ts';
import { removeChats, removeKeysOfChats } from './statements.ts';
import { reading } from './storage-errors.ts';
import { writesOfTurn } from './turn.ts';

const MESSAGE_COLUMNS = {
  id: true,
  chatId: true,
  position: true,
  role: true,
  status: true,
  content: true,
  reasoning: true,
  tokens: true,
  clientId: true,
  edits: true,
  run: { select: { id: true } },
  createdAt: true,
  supersededAt: true,
} as const;

/** Chats in SQLite. `reader` has a connection that cannot write; everything that writes goes through `commits`. */
export class PrismaChatStore implements ChatStore {
  readonly #reader: PrismaClient;
  readonly #commits: GroupCommit;

  constructor(reader: PrismaClient, commits: GroupCommit) {
    this.#reader = reader;
    this.#commits = commits;
  }

  async head(chatId: string): Promise<ChatHead | null> {
    const [head] = await this.#query<ChatHead>(HEAD, chatId);
    return head ?? null;
  }

  recent(chatId: string, beforePosition: number, limit: number): Promise<ContextMessage[]> {
    return this.#query(RECENT, chatId, beforePosition, limit);
  }

  begin(turn: Turn): Promise<void> {
    return this.#commits.write(writesOfTurn(turn));
  }

  async findKey(key: string) {
    const [found] = await this.#query<{ runId: string; chatId: string; bodyHash: string }>(KEY, key);
    return found ?? null;
  }

  async forgetKeys(before: Date): Promise<number> {
    return await this.#commits.exclusive(
      (connection) => connection.prepare(FORGET_KEYS).run(toColumn(before)).changes,
    );
  }

  async list(limit: number, cursor: string | null): Promise<Page<ChatSummary>> {
    const after = cursor === null ? null : decodeCursor(cursor, /^chat (?<time>\d{1,15}) (?<id>\S+)$/);
    const chats = after
      ? await this.#query<ChatSummary>(
          OLDER_CHATS,
          toColumn(new Date(Number(after.time))),
          after.id,
          limit + 1,
        )
      : await this.#query<ChatSummary>(NEWEST_CHATS, limit + 1);
    return page(chats, limit, ({ updatedAt, id }: Chat) => `chat ${updatedAt.getTime()} ${id}`);
  }

  async messages(
    chatId: string,
    { limit, cursor, superseded }: { limit: number; cursor: string | null; superseded: boolean },
  ): Promise<Page<Message>> {
    const after = cursor === null ? null : decodeCursor(cursor, /^message (?<position>\d{1,9})$/);
    const messages = await reading(
      this.#reader.message.findMany({
        select: MESSAGE_COLUMNS,
        where: {
          chatId,
          ...(superseded ? {} : { supersededAt: null }),
          ...(after ? { position: { gt: Number(after.position) } } : {}),
        },
        orderBy: { position: 'asc' },
        take: limit + 1,
      }),
    );
    return page(messages.map(messageOf), limit, ({ position }) => `message ${position}`);
  }

  async message(chatId: string, messageId: string): Promise<Message | null> {
    const { message } = this.#reader;
    const byId = await reading(
      message.findUnique({ select: MESSAGE_COLUMNS, where: { id: messageId, chatId } }),
    );
    if (byId) return messageOf(byId);
    const clients = { chatId, clientId: messageId };
    const theirs = await reading(
      message.findUnique({ select: MESSAGE_COLUMNS, where: { chatId_clientId: clients } }),
    );
    return theirs && messageOf(theirs);
  }

  async rename(chatId: string, title: string): Promise<boolean> {
    const changes = await this.#commits.exclusive(
      (connection) => connection.prepare(RENAME).run(title, chatId).changes,
    );
    return changes > 0;
  }

  async delete(chatId: string): Promise<boolean> {
    if (!(await this.head(chatId))) return false;
    await this.#commits.write([removeKeysOfChats.with([{ chatId }]), removeChats.with([{ chatId }])]);
    return true;
  }

  #query<Row>(sql: string, ...values: unknown[]): Promise<Row[]> {
    return reading(this.#reader.$queryRawUnsafe<Row[]>(sql, ...values));
  }
}

type StoredMessage = Omit<Message, 'edits' | 'runId'> & { edits: string | null; run: { id: string } | null };

function messageOf({ edits, run, ...message }: StoredMessage): Message {
  return { ...message, runId: run?.id ?? null, edits: edits === null ? null : JSON.parse(edits) };
}
