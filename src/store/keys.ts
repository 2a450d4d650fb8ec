import type { KeyStore, StoredKey } from '../auth/keys/store.ts';
import { SCOPES, type Scope } from '../auth/principal.ts';
import type { Page } from '../chat/store.ts';
import { InvalidRequestError } from '../errors.ts';
import type { ApiKey, PrismaClient } from './generated/client.ts';
import { KEYS_AFTER } from './reads/auth-queries.ts';
import { decodeCursor, page } from './reads/paging.ts';
import { reading, select } from './reads/query.ts';
import { validAmong } from './reads/valid-credentials.ts';
import { insertApiKeys } from './writes/auth-statements.ts';
import type { GroupCommit } from './writes/group-commit.ts';
import { revokeKey } from './writes/single-statements.ts';
import { toColumn } from './writes/statement.ts';

/** API keys in SQLite. */
export class SqliteKeyStore implements KeyStore {
  readonly #reader: PrismaClient;
  readonly #commits: GroupCommit;

  constructor(reader: PrismaClient, commits: GroupCommit) {
    this.#reader = reader;
    this.#commits = commits;
  }

  insert({ scopes, models, createdAt, expiresAt, revokedAt, ...key }: StoredKey): Promise<void> {
    const row = {
      ...key,
      scopes: scopes.join(' '),
      models: models && JSON.stringify(models),
      createdAt: toColumn(createdAt),
      expiresAt: expiresAt && toColumn(expiresAt),
      revokedAt: revokedAt && toColumn(revokedAt),
    };
    return this.#commits.write([insertApiKeys.with([row])]);
  }

  async find(id: string): Promise<StoredKey | null> {
    const row = await reading(this.#reader.apiKey.findUnique({ where: { id } }));
    return row && keyOf(row);
  }

  async list(tenantId: string | null, limit: number, cursor: string | null): Promise<Page<StoredKey>> {
    const [from, to] = ownersOf(tenantId);
    const after = cursor === null ? null : await this.#keyAt(cursor, from);
    const time = after ? toColumn(after.createdAt) : '';
    const start = [after?.ownerId ?? from, time, after?.id ?? ''];
    const rows = await select(this.#reader, KEYS_AFTER, ...start, to, limit + 1);
    const { items, nextCursor } = await page(rows, limit, ({ id }) => `key ${id}`);
    return { items: items.map(keyOf), nextCursor };
  }

  /** Keys are never removed, so an id is enough of a cursor. One of another tenant must not show its keys. */
  async #keyAt(cursor: string, from: string): Promise<StoredKey> {
    const { id = '' } = decodeCursor(cursor, /^key (?<id>\w{1,64})$/);
    const key = await this.find(id);
    if (!key?.ownerId.startsWith(from))
      throw InvalidRequestError.field('cursor', 'is not one that this route gave');
    return key;
  }

  async revoke(id: string, at: Date): Promise<boolean> {
    return (await this.#commits.run(revokeKey, { id, now: toColumn(at) })) > 0;
  }

  async valid(ids: readonly string[], now: Date): Promise<string[]> {
    const rows = await reading(
      this.#reader.apiKey.findMany({ where: validAmong(ids, now), select: { id: true } }),
    );
    return rows.map(({ id }) => id);
  }
}

/** The first possible owner of a tenant, and the first one after all of them. */
function ownersOf(tenantId: string | null): [from: string, to: string] {
  // "0" is the character after "/", which ends the tenant in the id of an owner; no owner begins with U+FFFF.
  return tenantId === null ? ['', '\uffff'] : [`${tenantId}/`, `${tenantId}0`];
}

function keyOf({ scopes, models, ...row }: ApiKey): StoredKey {
  return { ...row, scopes: scopesIn(scopes), models: models && JSON.parse(models) };
}

/** Of a column: those that this version knows. */
export function scopesIn(column: string): Scope[] {
  return column.split(' ').filter(isScope);
}

function isScope(text: string): text is Scope {
  return SCOPES.some((scope) => scope === text);
}
