import type SQLite from 'better-sqlite3';
import { StorageFullError } from '../../errors.ts';

/**
 * Whether the database has reached its greatest size (LIMIT-1). Space that deletions freed does not count: SQLite uses
 * it again.
 */
export class SizeLimit {
  /** `maxBytes` 0: no limit. */
  constructor(
    private readonly connection: SQLite.Database,
    private readonly maxBytes: number,
  ) {}

  /** To be called before new text is stored. Throws StorageFullError. */
  check(): void {
    if (!this.hasRoom()) throw new StorageFullError();
  }

  hasRoom(): boolean {
    return this.maxBytes === 0 || this.#usedBytes() < this.maxBytes;
  }

  #usedBytes(): number {
    const pages = this.#number('page_count') - this.#number('freelist_count');
    return pages * this.#number('page_size');
  }

  #number(pragma: string): number {
    return Number(this.connection.pragma(pragma, { simple: true }));
  }
}
