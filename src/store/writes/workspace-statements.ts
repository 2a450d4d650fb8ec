import { insertInto, Statement } from './statement.ts';

// Statements that write workspaces and their edits; order.ts has their order.

export const insertWorkspaces = insertInto('Workspace', [
  'id',
  'ownerId',
  'name',
  'chatId',
  'createdAt',
  'updatedAt',
]);

export const touchWorkspaces = new Statement<{ id: string; name: string; now: string }>(
  `UPDATE "Workspace" SET "name" = @name, "updatedAt" = max("updatedAt", @now) WHERE "id" = @id`,
);

export const setWorkspaceChats = new Statement<{ id: string; chatId: string }>(
  `UPDATE "Workspace" SET "chatId" = @chatId WHERE "id" = @id`,
);

export const insertEdits = insertInto('WorkspaceEdit', [
  'runId',
  'workspaceId',
  'chatId',
  'source',
  'firstVersion',
  'files',
  'createdAt',
]);

export const endEdits = new Statement<{
  runId: string;
  lastVersion: number;
  outcome: string;
  files: string;
}>(`UPDATE "WorkspaceEdit" SET "lastVersion" = @lastVersion, "outcome" = @outcome, "files" = @files
WHERE "runId" = @runId`);

/** Foreign keys remove its edits, too (ON DELETE CASCADE). */
export const removeWorkspaces = new Statement<{ id: string }>(`DELETE FROM "Workspace" WHERE "id" = @id`);
