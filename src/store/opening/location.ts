import {
  chmodSync,
  closeSync,
  lstatSync,
  mkdirSync,
  openSync,
  readlinkSync,
  realpathSync,
  statSync,
} from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { codeOf, DatabaseError } from './database-error.ts';

/**
 * The absolute path of the file that a database URL names, links resolved, so that two paths of one file become the
 * same. `file:data/chat.db` is relative to the working directory. Creates the folder. Throws DatabaseError.
 */
export function locateDatabase(url: string): string {
  const path = pathOf(url);
  try {
    return realFile(resolve(path));
  } catch (error) {
    throw DatabaseError.from(path, error);
  }
}

function pathOf(url: string): string {
  const scheme = /^([a-z][a-z0-9+.-]+):/i.exec(url)?.[1];
  if (scheme && scheme !== 'file') {
    throw new DatabaseError(`DATABASE_URL: "${scheme}:" is not supported; it is file: and a path.`);
  }
  const path = url.replace(/^file:(\/\/(?=\/))?/, '');
  if (path === '' || path.startsWith(':memory:')) {
    throw new DatabaseError('DATABASE_URL: the database must be a file, as in file:./data/chat.db.');
  }
  if (path.startsWith('//')) throw new DatabaseError('DATABASE_URL: file: takes no host; write file:/path.');
  if (path.includes('?')) throw new DatabaseError('DATABASE_URL: file: takes no parameters (after the "?").');
  return path;
}

/**
 * Creates `file` if it does not exist, and makes it readable for its owner only (STORE-6). A file that exists is not
 * opened, because closing it would release the locks that this process holds on it.
 */
export function keepPrivate(file: string): void {
  try {
    closeSync(openSync(file, 'wx', 0o600));
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    if (!statSync(file).isFile()) return;
    try {
      chmodSync(file, 0o600);
    } catch (reason) {
      // The file belongs to another user, who decides who may use it.
      if (codeOf(reason) !== 'EPERM') throw reason;
    }
  }
}

function realFile(path: string): string {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  // Throws for links in a circle, which otherwise look like a missing file.
  if (statSync(path, { throwIfNoEntry: false })) return realpathSync(path);
  // A link to a file that does not exist yet: SQLite would create that file.
  if (lstatSync(path, { throwIfNoEntry: false })) return realFile(resolve(dirname(path), readlinkSync(path)));
  return join(realpathSync(dirname(path)), basename(path));
}
