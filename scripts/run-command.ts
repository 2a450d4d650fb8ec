import SQLite from 'better-sqlite3';
import { ConfigError } from '../src/config.ts';
import { DatabaseError } from '../src/store/opening/database-error.ts';

/** Runs a command. Errors that an operator can fix are printed as one plain line instead of a stack. */
export async function runCommand(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const known =
      error instanceof ConfigError || error instanceof DatabaseError || error instanceof SQLite.SqliteError;
    console.error(known ? error.message : error);
    process.exitCode = 1;
  }
}
