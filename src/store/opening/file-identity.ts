import { type Stats, statSync } from 'node:fs';
import { DatabaseError } from './database-error.ts';

/**
 * The file that a path named when it was opened: the path may name another file later, while the first is still open.
 */
export class FileIdentity {
  readonly #opened: Stats;

  constructor(private readonly file: string) {
    this.#opened = statSync(file);
  }

  /** Whether the path still names the same file. */
  isInPlace(): boolean {
    const now = statSync(this.file, { throwIfNoEntry: false });
    return now !== undefined && now.ino === this.#opened.ino && now.dev === this.#opened.dev;
  }

  /**
   * Throws DatabaseError when the file has several names (hard links): log and lock are files beside a name, so two
   * servers could open it without noticing each other, each with its own log.
   */
  refuseLinks(): void {
    if (!this.#opened.isFile() || this.#opened.nlink < 2) return;
    throw new DatabaseError(
      `The database ${this.file} cannot be used: the file has ${this.#opened.nlink} names (hard links). Copy it, or remove the others.`,
    );
  }
}
