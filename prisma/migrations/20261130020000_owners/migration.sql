-- What was stored before there were users belongs to the user `local`.
ALTER TABLE "Chat" ADD COLUMN "ownerId" TEXT NOT NULL DEFAULT 'default/local';
DROP INDEX "Chat_updatedAt_id_idx";
CREATE INDEX "Chat_ownerId_updatedAt_id_idx" ON "Chat"("ownerId", "updatedAt", "id");

ALTER TABLE "Workspace" ADD COLUMN "ownerId" TEXT NOT NULL DEFAULT 'default/local';
DROP INDEX "Workspace_updatedAt_id_idx";
CREATE INDEX "Workspace_ownerId_updatedAt_id_idx" ON "Workspace"("ownerId", "updatedAt", "id");

-- SQLite cannot change a primary key: the table is written again.
CREATE TABLE "new_IdempotencyKey" (
    "ownerId" TEXT NOT NULL DEFAULT 'default/local',
    "key" TEXT NOT NULL,
    "bodyHash" TEXT NOT NULL,
    "runId" TEXT NOT NULL,
    "chatId" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,

    PRIMARY KEY ("ownerId", "key")
);
INSERT INTO "new_IdempotencyKey" ("bodyHash", "chatId", "createdAt", "key", "runId") SELECT "bodyHash", "chatId", "createdAt", "key", "runId" FROM "IdempotencyKey";
DROP TABLE "IdempotencyKey";
ALTER TABLE "new_IdempotencyKey" RENAME TO "IdempotencyKey";
CREATE INDEX "IdempotencyKey_createdAt_idx" ON "IdempotencyKey"("createdAt");
CREATE INDEX "IdempotencyKey_chatId_idx" ON "IdempotencyKey"("chatId");
