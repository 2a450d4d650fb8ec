import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { Database as Connection } from 'better-sqlite3';

/** Settings of a connection that its commits depend on. */
const SETTINGS = ['synchronous', 'foreign_keys', 'secure_delete', 'wal_autocheckpoint'];

/**
 * A string, so that it runs bundled, compiled, and from TypeScript. A thread that dies closes its connection; then, as
 * when the process is killed, nothing of the transaction was stored.
 */
const PROGRAM = `
const { parentPort, workerData } = require('node:worker_threads');
const Database = require(workerData.driver);
let reply = {};
let connection;
try {
  connection = new Database(workerData.file, { fileMustExist: true, timeout: workerData.timeout });
  for (const setting of workerData.settings) connection.pragma(setting);
  const store = connection.transaction(() => {
    for (const { sql, rows } of workerData.statements) {
      const prepared = connection.prepare(sql);
      for (const row of rows) prepared.run(row);
    }
  });
  store.immediate();
} catch (error) {
  reply = { message: error.message, code: error.code };
}
connection?.close();
parentPort.postMessage(reply);`;

type Reply = { message?: string; code?: string };

/**
 * Executes statements for their rows as one transaction in a new thread, with a new connection to the file of `beside`
 * and with its settings. Nothing may be written through `beside` until it resolves. Throws errors of the driver; then
 * nothing was stored. `timeout`: how long it waits for another program that writes; ms.
 */
export async function writeInThread(
  beside: Connection,
  statements: ReadonlyArray<{ sql: string; rows: readonly object[] }>,
  timeout: number,
): Promise<void> {
  const worker = new Worker(PROGRAM, {
    eval: true,
    execArgv: [],
    workerData: {
      driver: createRequire(import.meta.url).resolve('better-sqlite3'),
      file: beside.name,
      timeout,
      settings: SETTINGS.map((name) => `${name} = ${beside.pragma(name, { simple: true })}`),
      statements,
    },
  });
  let reply: Reply = { message: 'The thread that writes has ended.' };
  worker.on('message', (received: Reply) => {
    reply = received;
  });
  worker.on('error', ({ message }) => {
    reply = { message };
  });
  // Wait for the end of the thread, so that the next write does not meet an open transaction of its connection.
  await new Promise((resolve) => worker.on('exit', resolve));
  const { message, code } = reply;
  if (message !== undefined) throw Object.assign(new Error(message), { code });
}
