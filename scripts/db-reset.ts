// `npm run db-reset -- [--yes]`: deletes the configured database, and the uploaded files beside it. Refuses while a
// server has it.
import { existsSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { parseArgs } from 'node:util';
import { loadConfig } from '../src/config.ts';
import { FOLDER_SUFFIX } from '../src/files/file-folder.ts';
import { DatabaseError } from '../src/store/opening/database-error.ts';
import { locateDatabase } from '../src/store/opening/location.ts';
import { DatabaseLock } from '../src/store/opening/lock.ts';
import { runCommand } from './run-command.ts';

await runCommand(async () => {
  const { values } = parseArgs({ options: { yes: { type: 'boolean', default: false } } });
  const file = locateDatabase(loadConfig().database.url);
  if (!existsSync(file)) {
    console.log(`There is no database at ${file}: nothing to delete.`);
    return;
  }
  using _lock = new DatabaseLock(file);
  if (!values.yes && !(await confirmed(file))) {
    console.log('Nothing was deleted.');
    process.exitCode = 1;
    return;
  }
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true });
  rmSync(file + FOLDER_SUFFIX, { recursive: true, force: true });
  console.log(`Deleted ${file}. The server makes an empty one at its next start.`);
});

async function confirmed(file: string): Promise<boolean> {
  if (!process.stdin.isTTY)
    throw new DatabaseError(`This deletes every chat and file in ${file}: say YES=1 to mean it.`);
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const answer = await lines.question(`This deletes every chat and file in ${file}. Type "yes" to go on: `);
  lines.close();
  return answer.trim().toLowerCase() === 'yes';
}
