import type { ContextMessage } from '../../chat/store.ts';
import type { Chat, IdempotencyKey } from '../generated/client.ts';
import { COLUMNS, type ListedMessageRow, type MessageRow, TEXTS } from '../message-row.ts';
import { columnsWithoutLongTexts, type ShortTexts } from './long-texts.ts';
import { type Computed, Query } from './query.ts';

export const HEAD = new Query<Omit<Chat, 'messageCount'>>(
  `SELECT "id", "ownerId", "title", "systemPrompt", "createdAt", "updatedAt", "nextPosition" FROM "Chat" WHERE "id" = ?`,
);

export const KEY = new Query<Pick<IdempotencyKey, 'runId' | 'chatId' | 'bodyHash'>>(
  `SELECT "runId", "chatId", "bodyHash" FROM "IdempotencyKey" WHERE "ownerId" = ? AND "key" = ?`,
);

/** Names its index: the other one on chat and position would lead through every message that was ever superseded. */
const CURRENT = 'INDEXED BY "Message_chatId_supersededAt_position_idx"';

export const RECENT = new Query<ShortTexts<ContextMessage & { id: string }>>(
  `SELECT ${columnsWithoutLongTexts(['id', 'position', 'role', 'content', 'tokens'], ['content'], '"Message"')}
FROM "Message" ${CURRENT}
WHERE "chatId" = ? AND "supersededAt" IS NULL AND "position" < ? AND "status" <> 'streaming'
ORDER BY "position" DESC LIMIT ?`,
);

type ListedChat = ShortTexts<Omit<Chat, 'nextPosition' | 'ownerId'>>;

const CHATS = `SELECT ${columnsWithoutLongTexts(
  ['id', 'title', 'systemPrompt', 'messageCount', 'createdAt', 'updatedAt'],
  ['systemPrompt'],
  '"Chat"',
)} FROM "Chat"`;

export const NEWEST_CHATS = new Query<ListedChat>(
  `${CHATS} WHERE "ownerId" = ? ORDER BY "updatedAt" DESC, "id" DESC LIMIT ?`,
);

export const OLDER_CHATS = new Query<ListedChat>(
  `${CHATS} WHERE "ownerId" = ? AND ("updatedAt", "id") < (?, ?) ORDER BY "updatedAt" DESC, "id" DESC LIMIT ?`,
);

const messages = (columns: string, index = '') => `SELECT ${columns}, r."id" AS "runId", r."cause"
FROM "Message" AS m ${index} LEFT JOIN "Run" AS r ON r."messageId" = m."id"`;

const listed = (index: string) => messages(columnsWithoutLongTexts(COLUMNS, Object.keys(TEXTS), 'm'), index);

const whole = messages(COLUMNS.map((column) => `m."${column}"`).join(', '));

export const CURRENT_MESSAGES = new Query<ListedMessageRow>(`${listed(CURRENT)}
WHERE m."chatId" = ? AND m."supersededAt" IS NULL AND m."position" > ? ORDER BY m."position" LIMIT ?`);

export const ALL_MESSAGES = new Query<ListedMessageRow>(`${listed('INDEXED BY "Message_chatId_position_key"')}
WHERE m."chatId" = ? AND m."position" > ? ORDER BY m."position" LIMIT ?`);

export const NEWEST_MESSAGES = new Query<ListedMessageRow>(`${listed(CURRENT)}
WHERE m."chatId" = ? AND m."supersededAt" IS NULL ORDER BY m."position" DESC LIMIT ?`);

export const MESSAGE_BY_ID = new Query<MessageRow>(`${whole} WHERE m."id" = ? AND m."chatId" = ?`);

export const MESSAGE_OF_CLIENT = new Query<MessageRow>(`${whole} WHERE m."chatId" = ? AND m."clientId" = ?`);

const BYTES = Object.keys(TEXTS)
  .map((column) => `ifnull(octet_length("${column}"), 0)`)
  .join(' + ');

/** Sizes of the messages that an edit supersedes. */
export const SIZES_FROM = new Query<{ bytes: Computed }>(`SELECT ${BYTES} AS "bytes" FROM "Message" ${CURRENT}
WHERE "chatId" = ? AND "supersededAt" IS NULL AND "position" >= ? ORDER BY "position" LIMIT ?`);

/** Ids and sizes of the first messages of a chat that was deleted. */
export const OLDEST_OF_REMOVED = new Query<{ id: string; bytes: number }>(
  `SELECT "id", ${BYTES} AS "bytes" FROM "Message" WHERE "chatId" = ? ORDER BY "position" LIMIT ?`,
);
