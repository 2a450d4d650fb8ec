import type { AuditEntry, AuditStore, NewAuditEntry } from '../auth/audit-entry.ts';
import type { Page } from '../chat/store.ts';
import type { AuditEntry as AuditRow, PrismaClient } from './generated/client.ts';
import { ENTRIES_BEFORE } from './reads/auth-queries.ts';
import { decodeCursor, page } from './reads/paging.ts';
import { select } from './reads/query.ts';
import { insertAuditEntries } from './writes/auth-statements.ts';
import type { GroupCommit } from './writes/group-commit.ts';
import { toColumn } from './writes/statement.ts';

/** The audit log in SQLite. Nothing here changes or removes an entry. */
export class SqliteAuditStore implements AuditStore {
  readonly #reader: PrismaClient;
  readonly #commits: GroupCommit;

  constructor(reader: PrismaClient, commits: GroupCommit) {
    this.#reader = reader;
    this.#commits = commits;
  }

  append({ at, credential, ...entry }: NewAuditEntry): Promise<void> {
    const row = {
      ...entry,
      at: toColumn(at),
      credentialKind: credential?.kind ?? null,
      credentialId: credential?.id ?? null,
    };
    return this.#commits.write([insertAuditEntries.with([row])]);
  }

  async list(tenantId: string, limit: number, cursor: string | null): Promise<Page<AuditEntry>> {
    const before =
      cursor === null ? Number.MAX_SAFE_INTEGER : Number(decodeCursor(cursor, /^audit (?<id>\d{1,15})$/).id);
    const rows = await select(this.#reader, ENTRIES_BEFORE, tenantId, before, limit + 1);
    const { items, nextCursor } = await page(rows, limit, ({ id }) => `audit ${id}`);
    return { items: items.map(entryOf), nextCursor };
  }
}

function entryOf({ credentialKind, credentialId, ...row }: AuditRow): AuditEntry {
  const credential =
    credentialKind === null || credentialId === null ? null : { kind: credentialKind, id: credentialId };
  return { ...row, credential };
}
