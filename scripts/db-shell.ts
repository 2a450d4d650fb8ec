// `npm run db-shell -- [--write] [-c <command>]`: SQL on the configured database, also while the server runs.
// It reads only, unless asked with --write: the server's own picture of a live run would not notice a change.
// Uses `sqlite3` where there is one; with -c, or with commands piped in, the answer is always of the same form.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import SQLite from 'better-sqlite3';
import { loadConfig } from '../src/config.ts';
import { DatabaseError } from '../src/store/database-error.ts';
import { locateDatabase } from '../src/store/location.ts';
import { plainly } from './plainly.ts';
import { SqlConsole } from './sql-console.ts';

/** How long to wait while the server writes; ms. */
const BUSY_TIMEOUT_MS = 5_000;

await plainly(async () => {
  const { values } = parseArgs({
    options: { write: { type: 'boolean', default: false }, command: { type: 'string', short: 'c' } },
  });
  const file = locateDatabase(loadConfig().database.url);
  if (!existsSync(file)) {
    throw new DatabaseError(`There is no database at ${file} yet: the server makes it when it starts.`);
  }
  if (values.command === undefined && process.stdin.isTTY) {
    console.log(`${file}, ${values.write ? 'for writing' : 'for reading only (WRITE=1 to write)'}`);
    if (runSqlite3(file, values.write)) return;
  }
  const database = new SQLite(file, { readonly: !values.write, timeout: BUSY_TIMEOUT_MS });
  try {
    const shell = new SqlConsole(database);
    if (values.command === undefined) await shell.converse(process.stdin, process.stdout);
    else console.log(shell.execute(values.command));
  } finally {
    database.close();
  }
});

/** False where there is no such program. */
function runSqlite3(file: string, write: boolean): boolean {
  const settings = ['-header', '-column', '-cmd', `.timeout ${BUSY_TIMEOUT_MS}`];
  const { error } = spawnSync('sqlite3', [...(write ? [] : ['-readonly']), ...settings, file], {
    stdio: 'inherit',
  });
  return error === undefined;
}
