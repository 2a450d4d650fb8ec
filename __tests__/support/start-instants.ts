import { createHash } from 'node:crypto';
import { cpSync, existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';

const FILES = ['', '-wal', '-shm', '-journal'];

/** What lies on the disk for the next start when the process is killed now: SQLite's own memory is lost. */
export function copyDatabase(file: string, folder: string): string {
  mkdirSync(folder, { recursive: true });
  const copy = join(folder, 'chat.db');
  for (const suffix of FILES) if (existsSync(file + suffix)) cpSync(file + suffix, copy + suffix);
  return copy;
}

/** A hash of what SQLite reads of such a copy. It makes the index of a log (`-shm`) anew. */
export function contentOf(copy: string): string {
  const hash = createHash('sha256');
  for (const suffix of ['', '-wal', '-journal']) {
    if (existsSync(copy + suffix)) hash.update(suffix).update(readFileSync(copy + suffix));
  }
  return hash.digest('hex');
}

/**
 * Calls `look` after each statement that any connection of SQLite in this process executes, until the result is called.
 * A script is executed statement by statement for that, as SQLite does it, too.
 */
export function afterEachStatement(look: () => void): () => void {
  const { exec, pragma } = SQLite.prototype;
  SQLite.prototype.exec = function (script) {
    for (const statement of script.split(/;[ \t]*$/m)) {
      if (statement.trim() === '') continue;
      exec.call(this, statement);
      look();
    }
    return this;
  };
  SQLite.prototype.pragma = function (...parameters) {
    const result = pragma.apply(this, parameters);
    look();
    return result;
  };
  return () => {
    SQLite.prototype.exec = exec;
    SQLite.prototype.pragma = pragma;
  };
}
