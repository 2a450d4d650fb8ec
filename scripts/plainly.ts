import SQLite from 'better-sqlite3';
import { ConfigError } from '../src/config.ts';
import { DatabaseError } from '../src/store/database-error.ts';

/** Runs a command; what an operator can put right is told in one plain line instead of a stack. */
export async function plainly(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const known =
      error instanceof ConfigError || error instanceof DatabaseError || error instanceof SQLite.SqliteError;
    console.error(known ? error.message : error);
    process.exitCode = 1;
  }
}
