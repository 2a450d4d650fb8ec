import type { DatabaseCondition } from '../../chat/store.ts';
import { StorageError } from '../../errors.ts';
import type { PrismaClient } from '../generated/client.ts';
import type { GroupCommit } from '../writes/group-commit.ts';
import type { FileIdentity } from './file-identity.ts';
import type { DatabaseLock } from './lock.ts';

/** How long the result of a check of the file is reused for further writes; ms. */
const LOOK_LIFE_MS = 250;

/** How long after a failed write `/readyz` waits before it tries a write itself; ms. */
const PROBE_AFTER_MS = 5_000;

/**
 * `moved`: the path names another file, or none, so writes would be lost with the process.
 * `taken`: the lock file was deleted, and another server has locked the database since.
 */
export type FileState = 'in_place' | 'moved' | 'taken';

const SENTENCES = {
  moved: 'The database file was moved, replaced or deleted while the server runs. Put it back, or restart.',
  taken: 'Another server has taken the database, because its lock file was deleted. Stop one of them.',
};

/** Whether writes reach the file that the next start will read, and whether the last write succeeded. */
export class DatabaseHealth {
  #state: FileState = 'in_place';
  #looked = performance.now();
  #failed: number | null = null;

  constructor(
    private readonly file: FileIdentity,
    private readonly lock: Pick<DatabaseLock, 'renew'>,
  ) {}

  /** Checks the file now. */
  look(): FileState {
    this.#looked = performance.now();
    if (!this.file.isInPlace()) this.#state = 'moved';
    else this.#state = this.lock.renew() ? 'in_place' : 'taken';
    return this.#state;
  }

  /** To be called before each write. Throws StorageError. */
  check(): void {
    if (performance.now() - this.#looked > LOOK_LIFE_MS) this.look();
    if (this.#state !== 'in_place') throw new StorageError(SENTENCES[this.#state]);
  }

  wrote(): void {
    this.#failed = null;
  }

  failed(): void {
    this.#failed = performance.now();
  }

  async condition(reader: PrismaClient, commits: GroupCommit): Promise<DatabaseCondition> {
    const state = this.look();
    if (this.#failed !== null && performance.now() - this.#failed > PROBE_AFTER_MS)
      await this.#probe(commits);
    const readable = await reader.chat.findFirst({ select: { id: true } }).then(
      () => true,
      () => false,
    );
    const whenInPlace = readable ? 'reachable' : 'unreachable';
    return {
      database: state === 'in_place' ? whenInPlace : state,
      lastWrite: this.#failed === null ? 'stored' : 'failed',
    };
  }

  /**
   * Writes something: a server that gets no requests, because it is not ready, would not notice that the disk has space
   * again.
   */
  async #probe(commits: GroupCommit): Promise<void> {
    try {
      await commits.exclusive((connection) => {
        const version = connection.pragma('user_version', { simple: true });
        connection.pragma(`user_version = ${version}`);
      });
      this.wrote();
    } catch {
      this.failed();
    }
  }
}
