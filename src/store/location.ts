import { existsSync, lstatSync, mkdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import { DatabaseError } from './database-error.ts';

/**
 * The file that a database URL names, as an absolute path without links, so that two names of one file are one.
 * `file:data/chat.db` is relative to the working directory. Makes the folder. Throws DatabaseError.
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

function realFile(path: string): string {
  mkdirSync(dirname(path), { recursive: true });
  if (existsSync(path)) return realpathSync(path);
  // A link to a file that does not exist yet: SQLite would make that file.
  if (lstatSync(path, { throwIfNoEntry: false })) return realFile(resolve(dirname(path), readlinkSync(path)));
  return join(realpathSync(dirname(path)), basename(path));
}
