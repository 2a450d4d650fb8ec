import type { EditRow } from '../../workspaces/store.ts';
import type { Workspace } from '../generated/client.ts';
import { Query } from './query.ts';

export const NEWEST_WORKSPACES = new Query<Workspace>(
  `SELECT "id", "ownerId", "name", "chatId", "createdAt", "updatedAt" FROM "Workspace"
WHERE "ownerId" = ? ORDER BY "updatedAt" DESC, "id" DESC LIMIT ?`,
);

export const OLDER_WORKSPACES = new Query<Workspace>(
  `SELECT "id", "ownerId", "name", "chatId", "createdAt", "updatedAt" FROM "Workspace"
WHERE "ownerId" = ? AND ("updatedAt", "id") < (?, ?) ORDER BY "updatedAt" DESC, "id" DESC LIMIT ?`,
);

/** `files` is JSON. */
type Edit = Omit<EditRow, 'files'> & { files: string };

/** `status` is null when the run is gone: an edit stays when the chat of its run is deleted. */
const EDITS = `SELECT e."runId", e."workspaceId", e."chatId", e."source", e."firstVersion", e."lastVersion", e."outcome",
  e."files", e."createdAt", e."undoneAt", r."status"
FROM "WorkspaceEdit" AS e LEFT JOIN "Run" AS r ON r."id" = e."runId"`;

export const EDITS_OF = new Query<Edit>(
  `${EDITS} WHERE e."workspaceId" = ? ORDER BY e."createdAt" DESC, e."runId" DESC LIMIT ?`,
);

export const EDIT = new Query<Edit>(`${EDITS} WHERE e."runId" = ?`);

export const UNFINISHED = new Query<Edit>(`${EDITS} WHERE e."outcome" IS NULL`);
