// What is read of workspaces and their edits, in SQL; Prisma still turns dates and numbers into what the schema says.

export const NEWEST_WORKSPACES = `SELECT "id", "name", "chatId", "createdAt", "updatedAt" FROM "Workspace"
ORDER BY "updatedAt" DESC, "id" DESC LIMIT ?`;

export const OLDER_WORKSPACES = `SELECT "id", "name", "chatId", "createdAt", "updatedAt" FROM "Workspace"
WHERE ("updatedAt", "id") < (?, ?) ORDER BY "updatedAt" DESC, "id" DESC LIMIT ?`;

/** An edit outlives its run, when the run's chat is deleted. */
const EDITS = `SELECT e."runId", e."workspaceId", e."chatId", e."source", e."firstVersion", e."lastVersion", e."outcome",
  e."files", e."createdAt", e."undoneAt", r."status"
FROM "WorkspaceEdit" AS e LEFT JOIN "Run" AS r ON r."id" = e."runId"`;

export const EDITS_OF = `${EDITS} WHERE e."workspaceId" = ? ORDER BY e."createdAt" DESC, e."runId" DESC LIMIT ?`;

export const EDIT = `${EDITS} WHERE e."runId" = ?`;

export const UNFINISHED = `${EDITS} WHERE e."outcome" IS NULL`;

export const UNDONE = `UPDATE "WorkspaceEdit" SET "undoneAt" = ? WHERE "runId" = ? AND "undoneAt" IS NULL`;
