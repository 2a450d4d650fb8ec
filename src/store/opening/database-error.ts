/** Why the database cannot be used, in one sentence for the operator. The server does not start. */
export class DatabaseError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DatabaseError';
  }

  /** `file`: its path as the operator wrote it, or the resolved one. */
  static from(file: string, error: unknown): DatabaseError {
    if (error instanceof DatabaseError) return error;
    const code = codeOf(error);
    const known = REASONS.find(([prefix]) => code.startsWith(prefix));
    const reason = known?.[1] ?? (error instanceof Error ? error.message : String(error));
    return new DatabaseError(`The database ${file} cannot be used: ${reason}`, error);
  }
}

/**
 * The `code` of an error of SQLite, Node or Prisma: their classes may exist several times in a process, codes do not.
 */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error && 'code' in error ? String(error.code) : '';
}

const REASONS: ReadonlyArray<readonly [code: string, reason: string]> = [
  ['SQLITE_NOTADB', 'it is not an SQLite database. Move it away, or name another file.'],
  ['SQLITE_CORRUPT', 'it is damaged. Restore it from a backup.'],
  ['SQLITE_CANTOPEN', 'it is a folder, or its folder does not let files be opened.'],
  ['SQLITE_READONLY', 'it, or its folder, is read-only for this user.'],
  ['SQLITE_FULL', 'the disk is full.'],
  // Also reported when there is no space for the shared memory of connections (`-shm`).
  ['SQLITE_IOERR', 'the disk is full, or cannot be read or written.'],
  ['SQLITE_BUSY', 'another program is writing to it. Close that program and start again.'],
  ['EACCES', 'its folder cannot be made, entered or written to by this user.'],
  ['EPERM', 'its folder cannot be made, entered or written to by this user.'],
  ['EROFS', 'its folder is read-only.'],
  ['EEXIST', 'a part of its path is a file, not a folder.'],
  ['ELOOP', 'the links in its path lead in a circle.'],
  ['ENOTDIR', 'a part of its path is a file, not a folder.'],
];
