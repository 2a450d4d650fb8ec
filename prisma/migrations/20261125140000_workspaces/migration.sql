-- AlterTable
ALTER TABLE "Message" ADD COLUMN "edits" TEXT;

-- CreateTable
CREATE TABLE "Workspace" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "name" TEXT NOT NULL,
    "chatId" TEXT,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "updatedAt" DATETIME NOT NULL
);

-- CreateTable
CREATE TABLE "WorkspaceEdit" (
    "runId" TEXT NOT NULL PRIMARY KEY,
    "workspaceId" TEXT NOT NULL,
    "chatId" TEXT NOT NULL,
    "source" TEXT NOT NULL,
    "firstVersion" INTEGER NOT NULL,
    "lastVersion" INTEGER,
    "outcome" TEXT,
    "files" TEXT NOT NULL,
    "createdAt" DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    "undoneAt" DATETIME,
    CONSTRAINT "WorkspaceEdit_workspaceId_fkey" FOREIGN KEY ("workspaceId") REFERENCES "Workspace" ("id") ON DELETE CASCADE ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "Workspace_updatedAt_id_idx" ON "Workspace"("updatedAt", "id");

-- CreateIndex
CREATE INDEX "WorkspaceEdit_workspaceId_createdAt_runId_idx" ON "WorkspaceEdit"("workspaceId", "createdAt", "runId");

-- CreateIndex
CREATE INDEX "WorkspaceEdit_outcome_idx" ON "WorkspaceEdit"("outcome");
