import { Query } from './query.ts';

export interface OwnerRow {
  ownerId: string;
}

export const CHAT_OWNER = new Query<OwnerRow>(`SELECT "ownerId" FROM "Chat" WHERE "id" = ?`);

export const WORKSPACE_OWNER = new Query<OwnerRow>(`SELECT "ownerId" FROM "Workspace" WHERE "id" = ?`);

export const FILE_OWNER = new Query<OwnerRow>(`SELECT "ownerId" FROM "File" WHERE "id" = ?`);

/** A run belongs to the owner of its chat. */
export const RUN_OWNER = new Query<OwnerRow>(
  `SELECT c."ownerId" FROM "Run" AS r JOIN "Chat" AS c ON c."id" = r."chatId" WHERE r."id" = ?`,
);
