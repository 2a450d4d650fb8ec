import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { StorageError } from '../../errors.ts';
import { asStorageError } from '../storage-errors.ts';

/** How long the thread stays without a query, because it costs some MiB; ms. */
const IDLE_MS = 60_000;

/** A string, so that it runs bundled, compiled, and from TypeScript. */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const Database = require(workerData.driver);
const connection = new Database(workerData.file, { readonly: true, timeout: workerData.timeout });
parentPort.on('message', (query) => {
  if (query === null) {
    connection.close();
    parentPort.close();
    return;
  }
  try {
    parentPort.postMessage({ rows: connection.prepare(query.sql).all(...query.values) });
  } catch (error) {
    parentPort.postMessage({ message: error.message, code: error.code });
  }
});`;

interface PendingQuery {
  resolve(rows: unknown[]): void;
  reject(error: Error): void;
}

type Reply = { rows: unknown[] } | { message: string; code: string };

interface Thread {
  worker: Worker;
  /** In the order of the queries, which is the order of the replies. */
  pending: PendingQuery[];
  ended: Promise<void>;
}

/**
 * Runs queries in another thread, with a connection of its own: for sums over all rows of a period, which take longer
 * the more is stored and would block the streams of the main thread (decision 37). The thread starts with the first
 * query and ends after a minute without one.
 */
export class ReportThread implements AsyncDisposable {
  #thread: Thread | null = null;
  #ended: Promise<void> = Promise.resolve();
  #idle: NodeJS.Timeout | undefined;
  #closed = false;

  constructor(
    private readonly file: string,
    private readonly busyTimeoutMs: number,
  ) {}

  /** Throws StorageError. */
  async all<Row>(sql: string, ...values: unknown[]): Promise<Row[]> {
    if (this.#closed) throw new StorageError('The database is closed.');
    clearTimeout(this.#idle);
    this.#thread ??= this.#start();
    const { worker, pending } = this.#thread;
    try {
      return await new Promise<Row[]>((resolve, reject) => {
        pending.push({ resolve: (rows) => resolve(rows as Row[]), reject });
        worker.ref();
        worker.postMessage({ sql, values });
      });
    } catch (error) {
      throw asStorageError(error);
    } finally {
      if (pending.length === 0) {
        worker.unref();
        clearTimeout(this.#idle);
        this.#idle = setTimeout(() => this.#end(), IDLE_MS).unref();
      }
    }
  }

  /** Resolves when all queries are answered and the thread has closed its connection. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    this.#end();
    await this.#ended;
  }

  #start(): Thread {
    const driver = createRequire(import.meta.url).resolve('better-sqlite3');
    const workerData = { file: this.file, driver, timeout: this.busyTimeoutMs };
    const worker = new Worker(PROGRAM, { eval: true, workerData, execArgv: [] });
    const pending: PendingQuery[] = [];
    worker.on('message', (reply: Reply) => {
      const query = pending.shift();
      if ('rows' in reply) query?.resolve(reply.rows);
      else query?.reject(Object.assign(new Error(reply.message), { code: reply.code }));
    });
    const fail = (error: Error) => {
      if (this.#thread === thread) this.#thread = null;
      for (const { reject } of pending.splice(0)) reject(error);
    };
    worker.on('error', fail);
    const ended = new Promise<void>((resolve) => {
      worker.on('exit', () => {
        fail(new Error('The thread for reports has ended.'));
        resolve();
      });
    });
    const thread = { worker, pending, ended };
    return thread;
  }

  #end(): void {
    clearTimeout(this.#idle);
    if (!this.#thread) return;
    const { worker, ended } = this.#thread;
    worker.ref();
    worker.postMessage(null);
    this.#ended = ended;
    this.#thread = null;
  }
}
