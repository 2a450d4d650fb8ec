import SQLite from 'better-sqlite3';
import { codeOf, DatabaseError } from './database-error.ts';

/**
 * Keeps a database to one server (RUN-6), within one process too: an exclusive transaction on a file beside it, open as
 * long as the server lives. The operating system ends it even after `kill -9`, so that nothing stale is left; the empty
 * file stays, because removing it would race with the next server. The database itself stays open to other programs.
 */
export class DatabaseLock implements Disposable {
  readonly #connection: SQLite.Database;

  /** Throws DatabaseError when another server has it. */
  constructor(file: string) {
    this.#connection = new SQLite(`${file}.lock`, { timeout: 0 });
    try {
      this.#connection.exec('BEGIN EXCLUSIVE');
    } catch (error) {
      this.#connection.close();
      if (!codeOf(error).startsWith('SQLITE_BUSY')) throw error;
      throw new DatabaseError(
        `Another server uses the database ${file}. Stop that one, or give this one a file of its own (DATABASE_URL).`,
        error,
      );
    }
  }

  [Symbol.dispose](): void {
    this.#connection.close();
  }
}
