import type { Logger } from 'pino';
import type { Database } from './store/database.ts';

const LOOK_MS = 5_000;

const MESSAGES = {
  in_place: 'the database file is back in its place',
  moved: 'the database file was moved, replaced or deleted: nothing is stored until it is back',
  taken: 'another server has the database, because its lock file was deleted: nothing is stored',
};

/**
 * Logs when the database file was moved or replaced, and when it is back in place. Returns a function that stops
 * watching.
 */
export function watchDatabase(database: Pick<Database, 'file' | 'fileState'>, logger: Logger): () => void {
  let last: keyof typeof MESSAGES = 'in_place';
  const timer = setInterval(() => {
    const now = database.fileState();
    if (now === last) return;
    last = now;
    const fields = { database: database.file };
    if (now === 'in_place') logger.warn(fields, MESSAGES[now]);
    else logger.error(fields, MESSAGES[now]);
  }, LOOK_MS).unref();
  return () => clearInterval(timer);
}
