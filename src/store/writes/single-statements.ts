import { Statement } from './statement.ts';

// Statements that run alone (`GroupCommit.run`), because their caller needs the number of changed rows. Those that may
// remove many rows do so a few at a time: everybody else's writes wait for them.

export const renameChat = new Statement<{ id: string; title: string }>(
  `UPDATE "Chat" SET "title" = @title WHERE "id" = @id`,
);

export const markUndone = new Statement<{ runId: string; now: string }>(
  `UPDATE "WorkspaceEdit" SET "undoneAt" = @now WHERE "runId" = @runId AND "undoneAt" IS NULL`,
);

/** Does nothing when it was revoked before: the first moment stays. */
export const revokeKey = new Statement<{ id: string; now: string }>(
  `UPDATE "ApiKey" SET "revokedAt" = @now WHERE "id" = @id AND "revokedAt" IS NULL`,
);

/** The same for a share. */
export const revokeShare = new Statement<{ id: string; now: string }>(
  `UPDATE "Share" SET "revokedAt" = @now WHERE "id" = @id AND "revokedAt" IS NULL`,
);

/** Does nothing when it was seen later: another request may have been faster. */
export const extendSession = new Statement<{ id: string; lastSeenAt: string; expiresAt: string }>(
  `UPDATE "Session" SET "lastSeenAt" = @lastSeenAt, "expiresAt" = @expiresAt
  WHERE "id" = @id AND "lastSeenAt" < @lastSeenAt`,
);

export const removeSession = new Statement<{ id: string }>(`DELETE FROM "Session" WHERE "id" = @id`);

/** Leaves a user the sessions that were seen most recently. */
export const keepLatestSessions = new Statement<{ ownerId: string; most: number }>(
  `DELETE FROM "Session" WHERE rowid IN (
  SELECT rowid FROM "Session" WHERE "ownerId" = @ownerId ORDER BY "lastSeenAt" DESC, rowid DESC LIMIT -1 OFFSET @most)`,
);

export const removeExpiredSessions = new Statement<{ now: string; limit: number }>(
  `DELETE FROM "Session" WHERE rowid IN (
  SELECT rowid FROM "Session" WHERE "expiresAt" <= @now LIMIT @limit)`,
);

/** Does nothing when it was uploaded later. */
export const touchFile = new Statement<{ id: string; uploadedAt: string }>(
  `UPDATE "File" SET "uploadedAt" = @uploadedAt WHERE "id" = @id AND "uploadedAt" < @uploadedAt`,
);

export const removeFile = new Statement<{ id: string }>(`DELETE FROM "File" WHERE "id" = @id`);

/** Idempotency keys made before a moment. */
export const removeOldKeys = new Statement<{ before: string; limit: number }>(
  `DELETE FROM "IdempotencyKey" WHERE rowid IN (
  SELECT rowid FROM "IdempotencyKey" WHERE "createdAt" < @before LIMIT @limit)`,
);

/** The oldest ops of a document, before a version. */
export const removeOldestOps = new Statement<{
  collection: string;
  documentId: string;
  before: number;
  limit: number;
}>(`DELETE FROM "SharedOp" WHERE rowid IN (
  SELECT rowid FROM "SharedOp" WHERE "collection" = @collection AND "documentId" = @documentId AND "version" < @before
  ORDER BY "version" LIMIT @limit)`);

/** Ops made before a moment, of any document, that its snapshot has made unnecessary. */
export const removeOldOps = new Statement<{ before: string; limit: number }>(
  `DELETE FROM "SharedOp" WHERE rowid IN (
  SELECT "op".rowid FROM "SharedOp" AS "op" JOIN "SharedSnapshot" AS "snapshot"
    ON "snapshot"."collection" = "op"."collection" AND "snapshot"."documentId" = "op"."documentId"
  WHERE "op"."createdAt" < @before AND "op"."version" < "snapshot"."version" LIMIT @limit)`,
);
