import { ENDED_COLUMNS, NEW_COLUMNS } from '../message-row.ts';
import { assignments, insertInto, Statement, type Value } from './statement.ts';

// Statements that write chats, messages and runs; order.ts has their order. Each finds its rows by a primary key or an
// index: `+column` keeps SQLite from using an index that would be the wrong one, INDEXED BY names the right one.

export const insertChats = insertInto('Chat', [
  'id',
  'ownerId',
  'title',
  'systemPrompt',
  'nextPosition',
  'messageCount',
  'createdAt',
  'updatedAt',
]);

/** A further turn in a chat. Counts the messages that the turn is about to supersede. */
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

/** Clears the client id: the message that replaces this one may have the same, and it is unique in a chat. */
export const supersedeMessages = new Statement<{ chatId: string; from: number; now: string }>(
  `UPDATE "Message" INDEXED BY "Message_chatId_supersededAt_position_idx"
SET "supersededAt" = @now, "clientId" = NULL
WHERE "chatId" = @chatId AND "supersededAt" IS NULL AND "position" >= @from`,
);

export const insertMessages = insertInto('Message', NEW_COLUMNS);

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

export const insertKeys = insertInto('IdempotencyKey', [
  'ownerId',
  'key',
  'bodyHash',
  'runId',
  'chatId',
  'createdAt',
]);

export const insertSegments = insertInto('RunSegment', ['id', 'runId', 'position', 'kind', 'text']);

/** Of a run that has ended. Does nothing when the message was ended before. */
export const endMessages = new Statement<Record<'id' | (typeof ENDED_COLUMNS)[number], Value>>(
  `UPDATE "Message" SET ${assignments(ENDED_COLUMNS)} WHERE "id" = @id AND "status" = 'streaming'`,
);

const RUN_RESULT_COLUMNS = [
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

export const endRuns = new Statement<Record<'id' | (typeof RUN_RESULT_COLUMNS)[number], Value>>(
  `UPDATE "Run" SET ${assignments(RUN_RESULT_COLUMNS)} WHERE "id" = @id AND +"status" = 'streaming'`,
);

export const touchChats = new Statement<{ id: string; now: string }>(
  `UPDATE "Chat" SET "updatedAt" = max("updatedAt", @now) WHERE "id" = @id`,
);

export const removeSegments = new Statement<{ id: number }>(`DELETE FROM "RunSegment" WHERE "id" = @id`);
