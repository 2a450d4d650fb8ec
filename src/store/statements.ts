import { insertInto, Statement, type Value } from './statement.ts';

// Every write of chats and runs, in the order in which they run inside a transaction. Each finds its rows by a primary
// key or an index: `+column` keeps SQLite from an index that would be the wrong one, INDEXED BY names the right one, and
// CROSS JOIN keeps the order of a join.

export const insertChats = insertInto('Chat', [
  'id',
  'title',
  'systemPrompt',
  'nextPosition',
  'messageCount',
  'createdAt',
  'updatedAt',
]);

/** A further turn in a chat. Reads the messages as they are before the turn supersedes some of them. */
export const continueChats = new Statement<{
  id: string;
  nextPosition: number;
  added: number;
  supersedeFrom: number | null;
  setsSystemPrompt: 0 | 1;
  systemPrompt: string | null;
  now: string;
}>(`UPDATE "Chat" SET
  "nextPosition" = value->>'nextPosition',
  "messageCount" = "messageCount" + (value->>'added') - (
    SELECT count(*) FROM "Message" AS m
    WHERE m."chatId" = "Chat"."id" AND m."supersededAt" IS NULL AND m."position" >= value->>'supersedeFrom'
  ),
  "systemPrompt" = CASE WHEN value->>'setsSystemPrompt' THEN value->>'systemPrompt' ELSE "systemPrompt" END,
  "updatedAt" = value->>'now'
FROM json_each(?) WHERE "Chat"."id" = value->>'id'`);

/**
 * The moment is that of the turn, which the chat has by now. The client's id goes to the message that takes the place of
 * this one, if it has the same.
 */
export const supersedeMessages = new Statement<{ chatId: string; from: number }>(
  `UPDATE "Message" SET
  "supersededAt" = (SELECT c."updatedAt" FROM "Chat" AS c WHERE c."id" = "Message"."chatId"),
  "clientId" = NULL
WHERE "rowid" IN (
  SELECT m."rowid" FROM json_each(?)
  CROSS JOIN "Message" AS m INDEXED BY "Message_chatId_supersededAt_position_idx"
  WHERE m."chatId" = value->>'chatId' AND m."supersededAt" IS NULL AND m."position" >= value->>'from'
)`,
);

export const insertMessages = insertInto('Message', [
  'id',
  'chatId',
  'position',
  'role',
  'status',
  'content',
  'tokens',
  'clientId',
  'createdAt',
]);

export const insertRuns = insertInto('Run', [
  'id',
  'chatId',
  'messageId',
  'protocol',
  'requestId',
  'provider',
  'model',
  'status',
  'promptTokens',
  'createdAt',
]);

export const insertKeys = insertInto('IdempotencyKey', ['key', 'bodyHash', 'runId', 'chatId', 'createdAt']);

export const insertSegments = insertInto('RunSegment', ['id', 'runId', 'position', 'kind', 'text']);

export const settleMessages = new Statement<{
  id: string;
  status: string;
  content: string;
  reasoning: string | null;
  tokens: number | null;
}>(`UPDATE "Message" SET
  "status" = value->>'status',
  "content" = value->>'content',
  "reasoning" = value->>'reasoning',
  "tokens" = value->>'tokens'
FROM json_each(?) WHERE "Message"."id" = value->>'id' AND "Message"."status" = 'streaming'`);

const RUN_RESULTS = [
  'provider',
  'model',
  'status',
  'cause',
  'errorMessage',
  'journal',
  'terminal',
  'chunks',
  'characters',
  'promptTokens',
  'completionTokens',
  'reasoningTokens',
  'usageEstimated',
  'timeToFirstToken',
  'totalTime',
  'endedAt',
] as const;

export const settleRuns = new Statement<Record<'id' | (typeof RUN_RESULTS)[number], Value>>(`UPDATE "Run" SET
${RUN_RESULTS.map((column) => `  "${column}" = value->>'${column}'`).join(',\n')}
FROM json_each(?) WHERE "Run"."id" = value->>'id' AND +"Run"."status" = 'streaming'`);

export const touchChats = new Statement<{ id: string; now: string }>(
  `UPDATE "Chat" SET "updatedAt" = max("updatedAt", value->>'now') FROM json_each(?) WHERE "Chat"."id" = value->>'id'`,
);

/** After `insertSegments`, so that nothing remains of what is written and replaced in one transaction. */
export const removeSegments = new Statement<{ id: number }>(
  `DELETE FROM "RunSegment" WHERE "id" IN (SELECT value->>'id' FROM json_each(?))`,
);

export const removeKeysOfChats = new Statement<{ chatId: string }>(
  `DELETE FROM "IdempotencyKey" INDEXED BY "IdempotencyKey_chatId_idx"
WHERE "chatId" IN (SELECT value->>'chatId' FROM json_each(?))`,
);

/** Foreign keys take messages and runs along. */
export const removeChats = new Statement<{ chatId: string }>(
  `DELETE FROM "Chat" WHERE "id" IN (SELECT value->>'chatId' FROM json_each(?))`,
);
