import type { SharedResource, ShareStore, StoredShare } from '../auth/shares/store.ts';
import type { Page } from '../chat/store.ts';
import type { PrismaClient, Share } from './generated/client.ts';
import { SHARES_AFTER } from './reads/auth-queries.ts';
import { decodeCursor, page } from './reads/paging.ts';
import { reading, select } from './reads/query.ts';
import { validAmong } from './reads/valid-credentials.ts';
import { insertShares } from './writes/auth-statements.ts';
import type { GroupCommit } from './writes/group-commit.ts';
import { revokeShare } from './writes/single-statements.ts';
import { toColumn } from './writes/statement.ts';

/** Shares of chats and workspaces in SQLite. */
export class SqliteShareStore implements ShareStore {
  readonly #reader: PrismaClient;
  readonly #commits: GroupCommit;

  constructor(reader: PrismaClient, commits: GroupCommit) {
    this.#reader = reader;
    this.#commits = commits;
  }

  insert({ createdAt, expiresAt, revokedAt, ...share }: StoredShare): Promise<void> {
    const row = {
      ...share,
      createdAt: toColumn(createdAt),
      expiresAt: expiresAt && toColumn(expiresAt),
      revokedAt: revokedAt && toColumn(revokedAt),
    };
    return this.#commits.write([insertShares.with([row])]);
  }

  async find(id: string): Promise<StoredShare | null> {
    const row = await reading(this.#reader.share.findUnique({ where: { id } }));
    return row && shareOf(row);
  }

  async findByHash(tokenHash: string): Promise<StoredShare | null> {
    const row = await reading(this.#reader.share.findUnique({ where: { tokenHash } }));
    return row && shareOf(row);
  }

  async list(
    { resource, resourceId }: SharedResource,
    limit: number,
    cursor: string | null,
  ): Promise<Page<StoredShare>> {
    const { time, id = '' } =
      cursor === null ? {} : decodeCursor(cursor, /^share (?<time>\d{1,15}) (?<id>[\w-]{1,64})$/);
    const from = time === undefined ? '' : toColumn(new Date(Number(time)));
    const rows = await select(this.#reader, SHARES_AFTER, resource, resourceId, from, id, limit + 1);
    const last = ({ createdAt, id }: Share) => `share ${createdAt.getTime()} ${id}`;
    const { items, nextCursor } = await page(rows, limit, last);
    return { items: items.map(shareOf), nextCursor };
  }

  async revoke(id: string, at: Date): Promise<boolean> {
    return (await this.#commits.run(revokeShare, { id, now: toColumn(at) })) > 0;
  }

  async valid(ids: readonly string[], now: Date): Promise<string[]> {
    const rows = await reading(
      this.#reader.share.findMany({ where: validAmong(ids, now), select: { id: true } }),
    );
    return rows.map(({ id }) => id);
  }
}

/** What is not known is the least. */
function shareOf({ resource, access, ...row }: Share): StoredShare {
  return {
    ...row,
    resource: resource === 'workspace' ? 'workspace' : 'chat',
    access: access === 'write' ? 'write' : 'read',
  };
}
