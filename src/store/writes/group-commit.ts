import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import type { Database as Connection, Statement as PreparedStatement } from 'better-sqlite3';
import { type ServiceError, StorageError } from '../../errors.ts';
import type { Query } from '../reads/query.ts';
import { asStorageError, isBusy, isRefusedRow } from '../storage-errors.ts';
import { inWriteOrder } from './order.ts';
import type { Statement as SqlStatement, Value, Write } from './statement.ts';
import { writeInThread } from './write-thread.ts';

/** How long a transaction waits to begin while another program (an operator's) is writing; ms. */
const BUSY_WAIT_MS = 5_000;
const BUSY_PAUSE_MS = 50;

const SCRUB_PAUSE_MS = 1_000;

/** The writes of one caller: all of them are stored, or none. */
interface PendingWrite {
  kind: 'write';
  writes: readonly Write[];
  resolve: () => void;
  reject: (error: Error) => void;
}

/** Its parameters are none, or the fields of a row. */
type Prepared = PreparedStatement<unknown[]>;

/** Work that shares its place in the queue with nothing else. */
interface PendingWork {
  kind: 'exclusive';
  perform: () => void | Promise<void>;
  reject: (error: Error) => void;
}

/** Is asked before each write whether it may begin, and told how it ended. */
export interface WriteMonitor {
  /** Throws when nothing may be written. */
  check(): void;
  wrote(): void;
  failed(): void;
}

/**
 * The queue of all writes. Writes that are pending at the same moment share one transaction (STORE-4): under load a run
 * costs a fraction of a transaction, and a single write does not wait.
 *
 * It has the only connection that can write, and uses it synchronously, with statements that are prepared once: a third
 * of what the same costs through Prisma's client (decision 1). A second connection that writes would wait for the
 * transactions of this one and block the process, so all others are read-only; that of a long write exists only while
 * this one is idle (decision 45).
 */
export class GroupCommit {
  readonly #connection: Connection;
  readonly #monitor: WriteMonitor | undefined;
  readonly #prepared = new Map<string, Prepared>();
  #queue: Array<PendingWrite | PendingWork> = [];
  #working: Promise<void> | null = null;
  #closed = false;
  #transactions = 0;
  #lastScrub = Number.NEGATIVE_INFINITY;
  #nextScrub: NodeJS.Timeout | null = null;

  constructor(connection: Connection, monitor?: WriteMonitor) {
    this.#connection = connection;
    this.#monitor = monitor;
  }

  /** Number of transactions of writes that were committed so far. */
  get transactions(): number {
    return this.#transactions;
  }

  /**
   * Resolves when the rows are committed. Throws StorageError or its subclass UniqueViolationError; then nothing of
   * this write was stored, whether or not others were. Writes that are pending together run in WRITE_ORDER, not in the
   * order of calls.
   */
  write(writes: readonly Write[]): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#enqueue({ kind: 'write', writes, resolve, reject }, reject);
    });
  }

  /**
   * Calls `work` with the connection, between two transactions. It makes its own transaction if it needs one, and is
   * called again, for BUSY_WAIT_MS, while another program is writing. Errors of the database become StorageErrors.
   */
  exclusive<Result>(work: (connection: Connection) => Result): Promise<Result> {
    return new Promise((resolve, reject) => {
      const perform = () => resolve(work(this.#connection));
      this.#enqueue({ kind: 'exclusive', perform, reject }, reject);
    });
  }

  /** Reads at once, for the decision how something is written. Throws StorageError. */
  select<Row>({ sql }: Query<Row>, ...values: unknown[]): Row[] {
    try {
      return this.#connection.prepare<unknown[], Row>(sql).all(...values);
    } catch (error) {
      throw asStorageError(error);
    }
  }

  /** One statement for one row, alone. Returns how many rows it changed. */
  run<Row extends Record<string, Value>>({ sql }: SqlStatement<Row>, row: Row): Promise<number> {
    return this.exclusive(() => this.#prepare(sql).run(row).changes);
  }

  /**
   * Like `write`, for writes that would block this thread for long: another thread executes them, and the queue waits
   * for it.
   */
  writeLong(writes: readonly Write[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const perform = async () => {
        await writeInThread(this.#connection, inWriteOrder(writes), BUSY_WAIT_MS);
        this.#transactions += 1;
        this.#monitor?.wrote();
        resolve();
      };
      this.#enqueue({ kind: 'exclusive', perform, reject }, reject);
    });
  }

  /**
   * Empties the write-ahead log, in which deleted and overwritten text can still be read; resolves when that is done.
   * It waits for the disk and blocks the process, so it is done at most once a second: a call within that second
   * resolves at once, and the log is emptied at its end. It is also postponed while another program reads, or the disk
   * is full; what was written before is stored all the same. Never throws.
   */
  async scrub(): Promise<void> {
    if (this.#nextScrub) return;
    const wait = this.#lastScrub + SCRUB_PAUSE_MS - performance.now();
    if (wait > 0) this.#scrubLater(wait);
    else await this.#emptyLog();
  }

  async #emptyLog(): Promise<void> {
    const isEmpty = await this.exclusive(emptyLog).catch(() => false);
    this.#lastScrub = performance.now();
    if (!isEmpty) this.#scrubLater(SCRUB_PAUSE_MS);
  }

  #scrubLater(wait: number): void {
    if (this.#closed) return;
    this.#nextScrub ??= setTimeout(() => {
      this.#nextScrub = null;
      void this.#emptyLog();
    }, wait).unref();
  }

  /**
   * Refuses further writes; resolves when all pending ones are stored or refused, and the log is empty. When the disk
   * is full the log stays, and the next start reads it. May be called again.
   */
  async close(): Promise<void> {
    this.#closed = true;
    if (this.#nextScrub) clearTimeout(this.#nextScrub);
    await this.#working;
    try {
      if (this.#connection.open) this.#connection.pragma('wal_checkpoint(TRUNCATE)');
    } catch {
      // All pending writes are stored, in the log.
    }
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
      // Further writes of this turn of the event loop join the transaction.
      await nextTurn();
      const [first, ...others] = this.#takeNext();
      if (first?.kind === 'exclusive') await this.#perform(first);
      else if (first) await this.#commit([first, ...others.filter(isWrite)]);
    }
    this.#working = null;
  }

  /** Removes from the front of the queue the writes that may share a transaction, or one piece of exclusive work. */
  #takeNext(): Array<PendingWrite | PendingWork> {
    const alone = this.#queue.findIndex((pending) => !isWrite(pending));
    const end = alone === -1 ? this.#queue.length : Math.max(alone, 1);
    const turn = this.#queue.slice(0, end);
    this.#queue = this.#queue.slice(end);
    return turn;
  }

  async #perform({ perform, reject }: PendingWork): Promise<void> {
    try {
      this.#monitor?.check();
      await whenNotBusy(perform);
    } catch (error) {
      reject(this.#failure(error));
    }
  }

  async #commit(writes: readonly PendingWrite[]): Promise<void> {
    try {
      this.#monitor?.check();
      // While SQLite waits itself it blocks the process, so most of the waiting is done here.
      await whenNotBusy(() => this.#prepare('BEGIN IMMEDIATE').run());
    } catch (error) {
      const reason = this.#failure(error);
      for (const { reject } of writes) reject(reason);
      return;
    }
    try {
      this.#store(writes);
    } catch (error) {
      await this.#retryHalves(writes, error);
      return;
    }
    this.#transactions += 1;
    this.#monitor?.wrote();
    for (const { resolve } of writes) resolve();
  }

  /** When writes fail together, each half is tried alone, down to the one that causes the error. */
  async #retryHalves(writes: readonly PendingWrite[], error: unknown): Promise<void> {
    const [only] = writes;
    if (only && writes.length === 1) {
      only.reject(this.#failure(error));
      return;
    }
    const half = writes.length >>> 1;
    await this.#commit(writes.slice(0, half));
    await this.#commit(writes.slice(half));
  }

  #failure(error: unknown): ServiceError {
    if (!isRefusedRow(error)) this.#monitor?.failed();
    return asStorageError(error);
  }

  #store(writes: readonly PendingWrite[]): void {
    try {
      for (const { sql, rows } of inWriteOrder(writes.flatMap((pending) => pending.writes))) {
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

/** Returns false when the log could not be emptied, because a connection still reads from it. */
function emptyLog(connection: Connection): boolean {
  const timeout = Number(connection.pragma('busy_timeout', { simple: true }));
  // A reader may take long, and the process would be blocked meanwhile.
  connection.pragma('busy_timeout = 0');
  try {
    return Number(connection.pragma('wal_checkpoint(TRUNCATE)', { simple: true })) === 0;
  } finally {
    connection.pragma(`busy_timeout = ${timeout}`);
  }
}

/** Calls `work` again while another program's transaction keeps it from beginning, for BUSY_WAIT_MS. */
async function whenNotBusy(work: () => unknown): Promise<void> {
  const deadline = performance.now() + BUSY_WAIT_MS;
  for (;;) {
    try {
      await work();
      return;
    } catch (error) {
      if (!isBusy(error) || performance.now() > deadline) throw error;
      await pause(BUSY_PAUSE_MS);
    }
  }
}

function isWrite(pending: PendingWrite | PendingWork): pending is PendingWrite {
  return pending.kind === 'write';
}
