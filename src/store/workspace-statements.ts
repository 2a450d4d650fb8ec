import { insertInto, Statement } from './statement.ts';

// Every write of workspaces and their edits, in the order in which they run inside a transaction.

export const insertWorkspaces = insertInto('Workspace', ['id', 'name', 'chatId', 'createdAt', 'updatedAt']);

export const touchWorkspaces = new Statement<{ id: string; name: string; now: string }>(
  `UPDATE "Workspace" SET "name" = @name, "updatedAt" = max("updatedAt", @now) WHERE "id" = @id`,
);

export const rememberChats = new Statement<{ id: string; chatId: string }>(
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

/** Foreign keys take the edits along. */
export const removeWorkspaces = new Statement<{ id: string }>(`DELETE FROM "Workspace" WHERE "id" = @id`);
