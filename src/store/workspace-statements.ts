import { insertInto, Statement } from './statement.ts';

// Every write of workspaces and their edits, in the order in which they run inside a transaction.

export const insertWorkspaces = insertInto('Workspace', ['id', 'name', 'chatId', 'createdAt', 'updatedAt']);

export const touchWorkspaces = new Statement<{ id: string; name: string; now: string }>(
  `UPDATE "Workspace" SET "name" = value->>'name', "updatedAt" = max("updatedAt", value->>'now')
FROM json_each(?) WHERE "Workspace"."id" = value->>'id'`,
);

export const rememberChats = new Statement<{ id: string; chatId: string }>(
  `UPDATE "Workspace" SET "chatId" = value->>'chatId' FROM json_each(?) WHERE "Workspace"."id" = value->>'id'`,
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
}>(`UPDATE "WorkspaceEdit" SET
  "lastVersion" = value->>'lastVersion',
  "outcome" = value->>'outcome',
  "files" = value->>'files'
FROM json_each(?) WHERE "WorkspaceEdit"."runId" = value->>'runId'`);

/** Foreign keys take the edits along. */
export const removeWorkspaces = new Statement<{ id: string }>(
  `DELETE FROM "Workspace" WHERE "id" IN (SELECT value->>'id' FROM json_each(?))`,
);
