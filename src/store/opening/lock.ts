import SQLite from 'better-sqlite3';
import { codeOf, DatabaseError } from './database-error.ts';
import { FileIdentity } from './file-identity.ts';
import { keepPrivate } from './location.ts';

/**
 * Lets one server at a time use a database (RUN-6), also within one process: an exclusive transaction on a file beside
 * it, for as long as the server lives. The operating system releases it even after `kill -9`, so no stale lock remains.
 * The empty file stays, because removing it would race with the next server. Other programs can still open the
 * database.
 */
export class DatabaseLock implements Disposable {
  readonly #file: string;
  #connection: SQLite.Database;
  #identity: FileIdentity;

  /** Throws DatabaseError when another server holds the lock. */
  constructor(file: string) {
    this.#file = `${file}.lock`;
    try {
      [this.#connection, this.#identity] = take(this.#file);
    } catch (error) {
      if (!isBusy(error)) throw error;
      throw new DatabaseError(
        `Another server uses the database ${file}. Stop that one, or give this one a file of its own (DATABASE_URL).`,
        error,
      );
    }
  }

  /**
   * Whether the lock still keeps other servers out. If its file was deleted it is taken again, which fails when another
   * server was faster.
   */
  renew(): boolean {
    if (this.#identity.isInPlace()) return true;
    try {
      const [connection, identity] = take(this.#file);
      this.#connection.close();
      this.#connection = connection;
      this.#identity = identity;
      return true;
    } catch {
      return false;
    }
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}

function take(file: string): [SQLite.Database, FileIdentity] {
  keepPrivate(file);
  const connection = new SQLite(file, { timeout: 0 });
  try {
    connection.exec('BEGIN EXCLUSIVE');
    return [connection, new FileIdentity(file)];
  } catch (error) {
    connection.close();
    throw error;
  }
}

function isBusy(error: unknown): boolean {
  return codeOf(error).startsWith('SQLITE_BUSY');
}
