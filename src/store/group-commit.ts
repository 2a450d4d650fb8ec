import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Database as Connection, Statement } from 'better-sqlite3';
import { StorageError } from '../errors.ts';
import type { Entry } from './statement.ts';
import { asStorageError, isBusy } from './storage-errors.ts';

/** How long a transaction waits to begin while another program (an operator's) is writing; ms. */
const BUSY_PATIENCE_MS = 5_000;
const BUSY_PAUSE_MS = 50;

/** Writes of one caller, stored together or not at all. */
interface PendingWrite {
  kind: 'write';
  entries: readonly Entry[];
  resolve: () => void;
  reject: (error: Error) => void;
}

/** Takes no parameters, or the fields of a row. */
type Prepared = Statement<unknown[]>;

/** Takes its turn alone; never throws. */
interface PendingWork {
  kind: 'exclusive';
  perform: () => void;
}

/**
 * The only way anything is written. What is pending at the same moment shares one transaction (STORE-4): under load a run
 * costs a fraction of one, and a lone write waits for nobody.
 *
 * It has the only connection that can write, and uses it synchronously, with statements that are prepared once: in SQLite
 * that is a third of what the same costs through Prisma's client (decision 1). A second connection that writes would
 * meet this one's transactions and wait for them with the whole process; so everybody else's cannot write.
 */
export class GroupCommit {
  readonly #connection: Connection;
  readonly #prepared = new Map<string, Prepared>();
  #queue: Array<PendingWrite | PendingWork> = [];
  #working: Promise<void> | null = null;
  #closed = false;
  #transactions = 0;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  /** How many transactions of writes were committed so far. */
  get transactions(): number {
    return this.#transactions;
  }

  /**
   * Resolves when the rows are committed. Throws StorageError, UniqueViolationError among them; then nothing of this
   * write was stored, whatever became of others. Writes of one moment must not depend on each other's order, except by
   * the order of the statements.
   */
  write(entries: readonly Entry[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ kind: 'write', entries, resolve, reject }, reject);
    });
  }

  /**
   * For what is no set of rows: `work` has the connection to itself, between transactions, until it returns. It makes its
   * own transaction if it needs one. Database failures become StorageErrors.
   */
  exclusive<Result>(work: (connection: Connection) => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const perform = () => {
        try {
          resolve(work(this.#connection));
        } catch (error) {
          reject(asStorageError(error));
        }
      };
      this.#enqueue({ kind: 'exclusive', perform }, reject);
    });
  }

  /** Takes nothing more; resolves when all that was pending is stored or refused. May be called again. */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#working;
  }

  #enqueue(pending: PendingWrite | PendingWork, reject: (error: Error) => void): void {
    if (this.#closed) {
      reject(new StorageError('The database is closed.'));
      return;
    }
    this.#queue.push(pending);
    this.#working ??= this.#work();
  }

  async #work(): Promise<void> {
    while (this.#queue.length > 0) {
      // What this turn of the event loop still has to write comes along.
      await nextTurn();
      const [first, ...others] = this.#takeTurn();
      if (first?.kind === 'exclusive') first.perform();
      else if (first) await this.#commit([first, ...others.filter(isWrite)]);
    }
    this.#working = null;
  }

  /** The longest beginning of the queue that may share a transaction; or one piece of exclusive work. */
  #takeTurn(): Array<PendingWrite | PendingWork> {
    const alone = this.#queue.findIndex((pending) => !isWrite(pending));
    const end = alone === -1 ? this.#queue.length : Math.max(alone, 1);
    const turn = this.#queue.slice(0, end);
    this.#queue = this.#queue.slice(end);
    return turn;
  }

  async #commit(writes: readonly PendingWrite[]): Promise<void> {
    try {
      await this.#begin(performance.now() + BUSY_PATIENCE_MS);
    } catch (error) {
      const reason = asStorageError(error);
      for (const { reject } of writes) reject(reason);
      return;
    }
    try {
      this.#store(writes);
    } catch (error) {
      await this.#blame(writes, error);
      return;
    }
    this.#transactions += 1;
    for (const { resolve } of writes) resolve();
  }

  /** When several fail together each half is tried alone, down to the one that is at fault. */
  async #blame(writes: readonly PendingWrite[], error: unknown): Promise<void> {
    const [only] = writes;
    if (only && writes.length === 1) {
      only.reject(asStorageError(error));
      return;
    }
    const half = writes.length >>> 1;
    await this.#commit(writes.slice(0, half));
    await this.#commit(writes.slice(half));
  }

  /** SQLite's own waiting would hold up the whole process, so most of it is done here. */
  async #begin(deadline: number): Promise<void> {
    for (;;) {
      try {
        this.#prepare('BEGIN IMMEDIATE').run();
        return;
      } catch (error) {
        if (!isBusy(error) || performance.now() > deadline) throw error;
        await pause(BUSY_PAUSE_MS);
      }
    }
  }

  #store(writes: readonly PendingWrite[]): void {
    try {
      for (const { sql, rows } of groupByStatement(writes)) {
        const prepared = this.#prepare(sql);
        for (const row of rows) prepared.run(row);
      }
      this.#prepare('COMMIT').run();
    } catch (error) {
      // After some failures, a full disk for one, SQLite has rolled back by itself.
      if (this.#connection.inTransaction) this.#connection.exec('ROLLBACK');
      throw error;
    }
  }

  #prepare(sql: string): Prepared {
    const known = this.#prepared.get(sql);
    if (known) return known;
    const prepared = this.#connection.prepare(sql);
    this.#prepared.set(sql, prepared);
    return prepared;
  }
}

function isWrite(pending: PendingWrite | PendingWork): pending is PendingWrite {
  return pending.kind === 'write';
}

function groupByStatement(writes: readonly PendingWrite[]): Array<{ sql: string; rows: object[] }> {
  const groups = new Map<Entry['statement'], object[]>();
  for (const { entries } of writes) {
    for (const { statement, rows } of entries) {
      if (rows.length === 0) continue;
      const group = groups.get(statement) ?? [];
      for (const row of rows) group.push(row);
      groups.set(statement, group);
    }
  }
  return [...groups]
    .sort(([one], [other]) => one.order - other.order)
    .map(([{ sql }, rows]) => ({ sql, rows }));
}
