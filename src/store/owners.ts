import type { OwnedResource, Owners } from '../auth/access.ts';
import type { PrismaClient } from './generated/client.ts';
import { CHAT_OWNER, FILE_OWNER, type OwnerRow, RUN_OWNER, WORKSPACE_OWNER } from './reads/owner-queries.ts';
import { type Query, select } from './reads/query.ts';

const QUERIES: Readonly<Record<OwnedResource, Query<OwnerRow>>> = {
  chat: CHAT_OWNER,
  run: RUN_OWNER,
  workspace: WORKSPACE_OWNER,
  file: FILE_OWNER,
};

/** Whose chats, runs, workspaces and files are, from SQLite. */
export class SqliteOwners implements Owners {
  readonly #reader: PrismaClient;

  constructor(reader: PrismaClient) {
    this.#reader = reader;
  }

  async ownerOf(resource: OwnedResource, id: string): Promise<string | null> {
    const [row] = await select(this.#reader, QUERIES[resource], id);
    return row?.ownerId ?? null;
  }
}
