import type { FoundSession, SessionStore, StoredSession } from '../auth/sessions/store.ts';
import type { PrismaClient, Session } from './generated/client.ts';
import { scopesIn } from './keys.ts';
import { reading } from './reads/query.ts';
import { insertSessions } from './writes/auth-statements.ts';
import type { GroupCommit } from './writes/group-commit.ts';
import {
  extendSession,
  keepLatestSessions,
  removeExpiredSessions,
  removeSession,
} from './writes/single-statements.ts';
import { toColumn } from './writes/statement.ts';

/** Expired sessions that are removed in one transaction. */
const REMOVED_AT_ONCE = 500;

/** Sessions in SQLite. */
export class SqliteSessionStore implements SessionStore {
  readonly #reader: PrismaClient;
  readonly #commits: GroupCommit;

  constructor(reader: PrismaClient, commits: GroupCommit) {
    this.#reader = reader;
    this.#commits = commits;
  }

  insert({ scopes, models, createdAt, lastSeenAt, expiresAt, ...session }: StoredSession): Promise<void> {
    const row = {
      ...session,
      scopes: scopes.join(' '),
      models: models && JSON.stringify(models),
      createdAt: toColumn(createdAt),
      lastSeenAt: toColumn(lastSeenAt),
      expiresAt: toColumn(expiresAt),
    };
    return this.#commits.write([insertSessions.with([row])]);
  }

  async find(id: string, now: Date): Promise<FoundSession | null> {
    const row = await reading(
      this.#reader.session.findFirst({
        where: { id, ...validAt(now) },
        include: { key: { select: { expiresAt: true } } },
      }),
    );
    return row && sessionOf(row);
  }

  async valid(ids: readonly string[], now: Date): Promise<string[]> {
    const rows = await reading(
      this.#reader.session.findMany({
        where: { id: { in: [...ids] }, ...validAt(now) },
        select: { id: true },
      }),
    );
    return rows.map(({ id }) => id);
  }

  async extend(id: string, lastSeenAt: Date, expiresAt: Date): Promise<void> {
    const row = { id, lastSeenAt: toColumn(lastSeenAt), expiresAt: toColumn(expiresAt) };
    await this.#commits.run(extendSession, row);
  }

  async remove(id: string): Promise<boolean> {
    return (await this.#commits.run(removeSession, { id })) > 0;
  }

  async keepLatest(ownerId: string, most: number): Promise<void> {
    await this.#commits.run(keepLatestSessions, { ownerId, most });
  }

  async removeExpired(now: Date): Promise<void> {
    const row = { now: toColumn(now), limit: REMOVED_AT_ONCE };
    while ((await this.#commits.run(removeExpiredSessions, row)) === REMOVED_AT_ONCE);
  }
}

/** Neither it nor the key that it was made with has expired, and that one is not revoked. */
function validAt(now: Date) {
  const validKey = { revokedAt: null, OR: [{ expiresAt: null }, { expiresAt: { gt: now } }] };
  return { expiresAt: { gt: now }, OR: [{ keyId: null }, { key: validKey }] };
}

function sessionOf({
  scopes,
  models,
  key,
  ...row
}: Session & { key: { expiresAt: Date | null } | null }): FoundSession {
  return {
    ...row,
    scopes: scopesIn(scopes),
    models: models && JSON.parse(models),
    keyExpiresAt: key?.expiresAt ?? null,
  };
}
