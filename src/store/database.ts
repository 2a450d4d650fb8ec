import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3';
import SQLite from 'better-sqlite3';
import type { ChatStore } from '../chat/store.ts';
import type { UsageStore } from '../chat/usage.ts';
import type { WorkspaceStore } from '../editing/store.ts';
import type { RunStore } from '../runs/store.ts';
import { ChatSource } from './chat-source.ts';
import { PrismaChatStore } from './chats.ts';
import { DatabaseError } from './database-error.ts';
import { PrismaClient } from './generated/client.ts';
import { GroupCommit } from './group-commit.ts';
import { locateDatabase } from './location.ts';
import { DatabaseLock } from './lock.ts';
import { migrate, migrationNames } from './migrations.ts';
import { PrismaRunStore } from './runs.ts';
import { SharedDocuments } from './shared-documents.ts';
import { reading } from './storage-errors.ts';
import { PrismaUsageStore } from './usage.ts';
import { PrismaWorkspaceStore } from './workspaces.ts';

/** How long SQLite itself waits for another program that writes to the file, and the process with it; ms. */
const BUSY_TIMEOUT_MS = 250;

export interface Database extends AsyncDisposable {
  /** The file, as an absolute path without links. */
  readonly file: string;
  readonly chats: ChatStore;
  readonly runs: RunStore;
  readonly usage: UsageStore;
  readonly workspaces: WorkspaceStore;
  /** What the mirror reads, and where it keeps its documents. */
  readonly chatSource: ChatSource;
  readonly documents: SharedDocuments;
  /** For reads of others; its connection cannot write, and sees only what is committed. */
  readonly reader: PrismaClient;
  /** For writes of others. */
  readonly commits: GroupCommit;
  /** Resolves when the database answers. Throws StorageError. */
  ping(): Promise<void>;
}

/**
 * Opens the SQLite file that `url` names, makes and migrates it where needed, and keeps other servers from it until it is
 * disposed of: then pending writes are stored first. Throws DatabaseError, whose message says what to do.
 */
export async function openDatabase(url: string): Promise<Database> {
  const file = locateDatabase(url);
  const opened: Array<() => unknown> = [];
  const close = async () => {
    for (let undo = opened.pop(); undo; undo = opened.pop()) await undo();
  };
  try {
    const lock = new DatabaseLock(file);
    opened.push(() => lock[Symbol.dispose]());
    if (inspect(file) === 'outdated') await migrate(`file:${file}`);

    const writer = new SQLite(file, { timeout: BUSY_TIMEOUT_MS });
    opened.push(() => writer.close());
    prepare(writer);
    const lastSegment = tidySegments(writer);
    const commits = new GroupCommit(writer);
    opened.push(async () => {
      await commits.close();
      writer.pragma('wal_checkpoint(TRUNCATE)');
    });
    const reader = connect(file);
    // SQLite removes the write-ahead log with its last connection, which therefore must be one that can write.
    opened.push(() => reader.$disconnect());
    await reader.$connect();
    const statements = new SQLite(file, { readonly: true, timeout: BUSY_TIMEOUT_MS });
    opened.push(() => statements.close());

    return {
      file,
      chats: new PrismaChatStore(reader, commits),
      runs: new PrismaRunStore(reader, commits, lastSegment),
      usage: new PrismaUsageStore(reader),
      workspaces: new PrismaWorkspaceStore(reader, commits),
      chatSource: new ChatSource(statements),
      documents: new SharedDocuments(statements, commits),
      reader,
      commits,
      ping: async () => {
        await reading(reader.$queryRawUnsafe('SELECT 1 FROM "Chat" LIMIT 1'));
      },
      [Symbol.asyncDispose]: close,
    };
  } catch (error) {
    await close();
    throw DatabaseError.from(file, error);
  }
}

/** One that failed has no end; the engine says what to do about it. */
const MIGRATIONS_DONE = `SELECT count(DISTINCT migration_name) FROM _prisma_migrations
WHERE finished_at IS NOT NULL AND rolled_back_at IS NULL`;

/** What only a look into the file tells: that it is a database, that it can be written, and of which version it is. */
function inspect(file: string): 'current' | 'outdated' {
  const connection = new SQLite(file, { timeout: BUSY_TIMEOUT_MS });
  try {
    connection.pragma('journal_mode = WAL');
    // What somebody's ANALYZE counted while tables were small makes SQLite walk through them when they are large. Without
    // statistics it takes the indexes, for which every query here is written.
    connection.exec('DROP TABLE IF EXISTS sqlite_stat1; DROP TABLE IF EXISTS sqlite_stat4');
    const migrated = connection
      .prepare<[], number>(`SELECT count(*) FROM sqlite_schema WHERE name = '_prisma_migrations'`)
      .pluck();
    if (migrated.get() === 0) return 'outdated';
    const applied = connection
      .prepare<[], string>('SELECT migration_name FROM _prisma_migrations')
      .pluck()
      .all();
    const known = new Set(migrationNames());
    const unknown = applied.find((name) => !known.has(name));
    if (unknown === undefined) {
      // Prisma's engine wants the file for itself, also to find that there is nothing to do; an operator who has it open
      // must not keep the server from starting.
      const done = connection.prepare<[], number>(MIGRATIONS_DONE).pluck().get();
      return done === known.size ? 'current' : 'outdated';
    }
    throw new DatabaseError(
      `The database ${file} is of a newer version of this service (migration ${unknown}). Start that version, or restore a backup.`,
    );
  } finally {
    connection.close();
  }
}

function connect(file: string): PrismaClient {
  const adapter = new PrismaBetterSqlite3({ url: `file:${file}`, readonly: true, timeout: BUSY_TIMEOUT_MS });
  return new PrismaClient({ adapter, errorFormat: 'minimal' });
}

/** Removes what a run left that has settled, which only failures do; answers the highest number that is in use. */
function tidySegments(writer: SQLite.Database): number {
  writer.exec(
    `DELETE FROM "RunSegment" WHERE "runId" NOT IN (SELECT "id" FROM "Run" WHERE "status" = 'streaming')`,
  );
  return writer.prepare<[], number>('SELECT coalesce(max("id"), 0) FROM "RunSegment"').pluck().get() ?? 0;
}

/** STORE-1. What SQLite keeps per connection is set on the only one that writes. */
function prepare(writer: SQLite.Database): void {
  writer.pragma('journal_mode = WAL');
  // In WAL mode a commit survives the death of the process; after a loss of power the last ones may be missing.
  writer.pragma('synchronous = NORMAL');
  writer.pragma('foreign_keys = ON');
  // Copying the log back into the file, which everybody waits for, costs by its pages, and most of them are the same
  // ones again and again: 16 MiB of log between two times instead of 4.
  writer.pragma('wal_autocheckpoint = 4000');
}
