// `npm run db-shell -- [--write] [-c <command>]`: SQL on the configured database, also while the server runs. It only
// reads unless --write is given: the server keeps live runs in memory and would not notice a change. At a terminal it
// starts `sqlite3` where that is installed; with -c or piped commands the output has always the same form.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { parseArgs } from 'node:util';
import SQLite from 'better-sqlite3';
import { loadConfig } from '../src/config.ts';
import { DatabaseError } from '../src/store/opening/database-error.ts';
import { locateDatabase } from '../src/store/opening/location.ts';
import { runCommand } from './run-command.ts';
import { converse, execute } from './sql-console.ts';

/** How long to wait while the server writes; ms. */
const BUSY_TIMEOUT_MS = 5_000;

await runCommand(async () => {
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
    if (values.command === undefined) await converse(database);
    else console.log(execute(database, values.command));
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
