/** Why the database cannot be used at all, in one sentence for the operator. Stops the start of the server. */
export class DatabaseError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'DatabaseError';
  }

  /** `file`: as the operator may know it. */
  static from(file: string, error: unknown): DatabaseError {
    if (error instanceof DatabaseError) return error;
    const code = codeOf(error);
    const known = REASONS.find(([prefix]) => code.startsWith(prefix));
    const reason = known?.[1] ?? (error instanceof Error ? error.message : String(error));
    return new DatabaseError(`The database ${file} cannot be used: ${reason}`, error);
  }
}

/** The `code` of what SQLite, Node or Prisma threw: their classes may exist more than once in a process, codes do not. */
export function codeOf(error: unknown): string {
  return typeof error === 'object' && error && 'code' in error ? String(error.code) : '';
}

const REASONS: ReadonlyArray<readonly [code: string, reason: string]> = [
  ['SQLITE_NOTADB', 'it is not an SQLite database. Move it away, or name another file.'],
  ['SQLITE_CORRUPT', 'it is damaged. Restore it from a backup.'],
  ['SQLITE_CANTOPEN', 'it is a folder, or its folder does not let files be opened.'],
  ['SQLITE_READONLY', 'it, or its folder, is read-only for this user.'],
  ['SQLITE_FULL', 'the disk is full.'],
  ['SQLITE_BUSY', 'another program is writing to it. Close that program and start again.'],
  ['EACCES', 'its folder cannot be made or entered by this user.'],
  ['EPERM', 'its folder cannot be made or entered by this user.'],
  ['EROFS', 'its folder is read-only.'],
  ['EEXIST', 'a part of its path is a file, not a folder.'],
  ['ENOTDIR', 'a part of its path is a file, not a folder.'],
  ['P3005', 'it holds tables of another program. Name another file.'],
  ['P3009', 'a migration of it failed earlier. Restore it from a backup.'],
];
