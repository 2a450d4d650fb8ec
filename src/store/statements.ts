import { insertInto, Statement, type Value } from './statement.ts';

// Every write of chats and runs, in the order in which they run inside a transaction. Each finds its rows by a primary
// key or an index: `+column` keeps SQLite from an index that would be the wrong one, INDEXED BY names the right one.

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
  "nextPosition" = @nextPosition,
  "messageCount" = "messageCount" + @added - (
    SELECT count(*) FROM "Message"
    WHERE "chatId" = @id AND "supersededAt" IS NULL AND "position" >= @supersedeFrom
  ),
  "systemPrompt" = CASE WHEN @setsSystemPrompt THEN @systemPrompt ELSE "systemPrompt" END,
  "updatedAt" = @now
WHERE "id" = @id`);

/** The client's id goes to the message that takes the place of this one, if it has the same. */
export const supersedeMessages = new Statement<{ chatId: string; from: number; now: string }>(
  `UPDATE "Message" INDEXED BY "Message_chatId_supersededAt_position_idx"
SET "supersededAt" = @now, "clientId" = NULL
WHERE "chatId" = @chatId AND "supersededAt" IS NULL AND "position" >= @from`,
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
  edits: string | null;
}>(`UPDATE "Message" SET
  "status" = @status, "content" = @content, "reasoning" = @reasoning, "tokens" = @tokens, "edits" = @edits
WHERE "id" = @id AND "status" = 'streaming'`);

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
${RUN_RESULTS.map((column) => `  "${column}" = @${column}`).join(',\n')}
WHERE "id" = @id AND +"status" = 'streaming'`);

export const touchChats = new Statement<{ id: string; now: string }>(
  `UPDATE "Chat" SET "updatedAt" = max("updatedAt", @now) WHERE "id" = @id`,
);

/** After `insertSegments`, so that nothing remains of what is written and replaced in one transaction. */
export const removeSegments = new Statement<{ id: number }>(`DELETE FROM "RunSegment" WHERE "id" = @id`);

export const removeKeysOfChats = new Statement<{ chatId: string }>(
  `DELETE FROM "IdempotencyKey" INDEXED BY "IdempotencyKey_chatId_idx" WHERE "chatId" = @chatId`,
);

/** Foreign keys take messages and runs along. */
export const removeChats = new Statement<{ chatId: string }>(`DELETE FROM "Chat" WHERE "id" = @chatId`);
