import { statSync } from 'node:fs';
import SQLite from 'better-sqlite3';
import type { AuditStore } from '../auth/audit-entry.ts';
import type { KeyStore } from '../auth/keys/store.ts';
import { SqliteAuditStore } from './audit.ts';
import { openDatabase } from './database.ts';
import { SqliteKeyStore } from './keys.ts';
import { DatabaseError } from './opening/database-error.ts';
import { FileIdentity } from './opening/file-identity.ts';
import { locateDatabase } from './opening/location.ts';
import { missingIn } from './opening/migrations.ts';
import { BUSY_TIMEOUT_MS, readerOf } from './opening/reader.ts';
import { GroupCommit } from './writes/group-commit.ts';

export interface KeyDatabase extends AsyncDisposable {
  readonly keys: KeyStore;
  readonly audit: AuditStore;
}

/**
 * Opens the keys of a database beside a server that may be using it: a short transaction of another program makes the
 * server wait, and nothing else. A database that does not exist, or is of an older version, is first created or
 * migrated as by a server, which needs the lock that servers have (decision 4).
 *
 * Throws DatabaseError, whose message says what to do.
 */
export async function openKeyDatabase(url: string): Promise<KeyDatabase> {
  const file = locateDatabase(url);
  try {
    if (!isUpToDate(file)) await (await openDatabase(url))[Symbol.asyncDispose]();
    new FileIdentity(file).refuseLinks();
    const writer = new SQLite(file, { timeout: BUSY_TIMEOUT_MS });
    writer.pragma('synchronous = NORMAL');
    const commits = new GroupCommit(writer);
    const reader = readerOf(file);
    return {
      keys: new SqliteKeyStore(reader, commits),
      audit: new SqliteAuditStore(reader, commits),
      // `commits` is not closed, which would empty the write-ahead log while the server uses it.
      [Symbol.asyncDispose]: async () => {
        await reader.$disconnect();
        writer.close();
      },
    };
  } catch (error) {
    throw DatabaseError.from(file, error);
  }
}

function isUpToDate(file: string): boolean {
  if (!statSync(file, { throwIfNoEntry: false })) return false;
  const connection = new SQLite(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
  try {
    return missingIn(connection).length === 0;
  } finally {
    connection.close();
  }
}
