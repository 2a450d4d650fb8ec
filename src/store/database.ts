import SQLite from 'better-sqlite3';
import type { Owners } from '../auth/access.ts';
import type { AuditStore } from '../auth/audit-entry.ts';
import type { KeyStore } from '../auth/keys/store.ts';
import type { SessionStore } from '../auth/sessions/store.ts';
import type { ShareStore } from '../auth/shares/store.ts';
import type { ChatStore, DatabaseCondition } from '../chat/store.ts';
import type { UsageStore } from '../chat/usage-report.ts';
import { StorageError } from '../errors.ts';
import type { FileStore } from '../files/stored-file.ts';
import type { RunStore } from '../runs/store.ts';
import type { WorkspaceStore } from '../workspaces/store.ts';
import { SqliteAuditStore } from './audit.ts';
import { SqliteChatStore } from './chats.ts';
import { SqliteFileStore } from './files.ts';
import type { PrismaClient } from './generated/client.ts';
import { SqliteKeyStore } from './keys.ts';
import { DatabaseError } from './opening/database-error.ts';
import { FileIdentity } from './opening/file-identity.ts';
import { DatabaseHealth, type FileState } from './opening/health.ts';
import { keepPrivate, locateDatabase } from './opening/location.ts';
import { DatabaseLock } from './opening/lock.ts';
import { applyMigrations, missingIn } from './opening/migrations.ts';
import { BUSY_TIMEOUT_MS, readerOf } from './opening/reader.ts';
import { SqliteOwners } from './owners.ts';
import { ReportThread } from './reads/report-thread.ts';
import { SqliteRunStore } from './runs.ts';
import { SqliteSessionStore } from './sessions.ts';
import { SharedDocuments } from './shared-documents.ts';
import { SqliteShareStore } from './shares.ts';
import { SqliteUsageStore } from './usage.ts';
import { SqliteWorkspaceStore } from './workspaces.ts';
import { finishRemovals } from './writes/chat-deletion.ts';
import { GroupCommit } from './writes/group-commit.ts';
import { SizeLimit } from './writes/size-limit.ts';

export interface Database extends AsyncDisposable {
  /** The absolute path of the file, links resolved. */
  readonly file: string;
  readonly chats: ChatStore;
  readonly runs: RunStore;
  readonly usage: UsageStore;
  readonly owners: Owners;
  readonly workspaces: WorkspaceStore;
  readonly files: FileStore;
  /** API keys. */
  readonly keys: KeyStore;
  readonly sessions: SessionStore;
  readonly shares: ShareStore;
  readonly audit: AuditStore;
  /** The documents of ShareDB. */
  readonly documents: SharedDocuments;
  /** For an application's own reads. Its connection is read-only and sees committed rows only. */
  readonly reader: PrismaClient;
  /** For an application's own writes. */
  readonly commits: GroupCommit;
  /** Resolves when the database is readable and in its place, and the last write succeeded. Throws StorageError. */
  ping(): Promise<void>;
  /** The same as a description. */
  condition(): Promise<DatabaseCondition>;
  /** Whether new text may be stored. */
  readonly sizeLimit: SizeLimit;
  /** Whether the path still names the file that was opened. */
  fileState(): FileState;
}

export interface DatabaseLimits {
  /** New text is refused when the database has reached this size (LIMIT-1); bytes, 0: no limit. */
  maxBytes?: number;
}

/**
 * Opens the SQLite file that `url` names, creates and migrates it if necessary, and locks it against other servers
 * until it is disposed of, which first stores pending writes. A process may be killed at any instant of this, and the
 * next one can start (STORE-6): each step is atomic, and is repeated if it was not done.
 *
 * Throws DatabaseError, whose message says what to do.
 */
export async function openDatabase(url: string, { maxBytes = 0 }: DatabaseLimits = {}): Promise<Database> {
  const file = locateDatabase(url);
  const opened: Array<() => unknown> = [];
  const close = async () => {
    for (let undo = opened.pop(); undo; undo = opened.pop()) await undo();
  };
  try {
    const lock = new DatabaseLock(file);
    opened.push(() => lock[Symbol.dispose]());
    keepPrivate(file);
    const identity = new FileIdentity(file);
    identity.refuseLinks();

    const writer = new SQLite(file, { timeout: BUSY_TIMEOUT_MS });
    opened.push(() => writer.close());
    // Before anything is changed, because the file may belong to another program.
    missingIn(writer);
    prepare(writer);
    applyMigrations(writer);
    const lastSegment = tidySegments(writer);
    const health = new DatabaseHealth(identity, lock);
    const commits = new GroupCommit(writer, health);
    opened.push(() => commits.close());
    await finishRemovals(commits);
    // A process that was killed soon after a deletion left the deleted text in the write-ahead log.
    await commits.scrub();
    const reader = readerOf(file);
    // The last connection that is closed removes the write-ahead log, so it must be the one that can write.
    opened.push(() => reader.$disconnect());
    await reader.$connect();
    const reports = new ReportThread(file, BUSY_TIMEOUT_MS);
    opened.push(() => reports[Symbol.asyncDispose]());
    const sizeLimit = new SizeLimit(writer, maxBytes);
    const condition = () => health.condition(reader, commits);

    return {
      file,
      chats: new SqliteChatStore(reader, commits, sizeLimit),
      runs: new SqliteRunStore(reader, commits, lastSegment),
      usage: new SqliteUsageStore(reports),
      owners: new SqliteOwners(reader),
      workspaces: new SqliteWorkspaceStore(reader, commits, sizeLimit),
      files: new SqliteFileStore(reader, commits, sizeLimit),
      keys: new SqliteKeyStore(reader, commits),
      sessions: new SqliteSessionStore(reader, commits),
      shares: new SqliteShareStore(reader, commits),
      audit: new SqliteAuditStore(reader, commits),
      documents: new SharedDocuments(reader, commits),
      reader,
      commits,
      sizeLimit,
      condition,
      fileState: () => health.look(),
      ping: async () => {
        const { database, lastWrite } = await condition();
        if (database !== 'reachable') throw new StorageError(`The database is ${database}.`);
        if (lastWrite === 'failed') throw new StorageError('The last write failed.');
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw DatabaseError.from(file, error);
  }
}

/** Removes segments of settled runs, which only failures leave behind; returns the highest number in use. */
function tidySegments(writer: SQLite.Database): number {
  writer.exec(
    `DELETE FROM "RunSegment" WHERE "runId" NOT IN (SELECT "id" FROM "Run" WHERE "status" = 'streaming')`,
  );
  return writer.prepare<[], number>('SELECT coalesce(max("id"), 0) FROM "RunSegment"').pluck().get() ?? 0;
}

/** Settings of the file and of the connection that writes (STORE-1). */
function prepare(writer: SQLite.Database): void {
  writer.pragma('journal_mode = WAL');
  // Statistics of an ANALYZE on small tables make SQLite scan them when they are large. Without statistics it uses the
  // indexes, for which all queries are written.
  writer.exec('DROP TABLE IF EXISTS sqlite_stat1; DROP TABLE IF EXISTS sqlite_stat4');
  // In WAL mode commits survive the death of the process; after a power failure the last ones may be lost.
  writer.pragma('synchronous = NORMAL');
  writer.pragma('foreign_keys = ON');
  // Deleted content is overwritten with zeros (STORE-6), in changed pages and in those that become free.
  writer.pragma('secure_delete = ON');
  // A checkpoint copies the log into the file while all writes wait, and costs by distinct pages, most of which are
  // written again and again: so the log grows to 16 MiB before a checkpoint instead of 4.
  writer.pragma('wal_autocheckpoint = 4000');
}
