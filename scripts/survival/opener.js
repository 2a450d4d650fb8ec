// Opens the database whose URL comes on stdin, with the module that the first argument names, says how long that took,
// and closes it. With a number after the URL it is killed so many ms after it began. It has loaded everything when it
// says
// `ready`, so that the kill hits the start of a database and no loading of modules.
import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

// Another thread, because opening holds the event loop, and because nothing but the time lies between begin and kill.
const KILLER = `
const { parentPort, workerData } = require('node:worker_threads');
parentPort.postMessage('loaded');
Atomics.wait(workerData, 0, 0);
Atomics.wait(workerData, 1, 0, workerData[0] / 1_000);
process.kill(process.pid, 'SIGKILL');`;

const { openDatabase } = await import(process.argv[2]);
const microseconds = new Int32Array(new SharedArrayBuffer(8));
const killer = new Worker(KILLER, { eval: true, workerData: microseconds });
await once(killer, 'message');
console.log('ready');
const [line] = await once(process.stdin.setEncoding('utf8'), 'data');
const [url, delay] = line.trim().split(' ');
if (delay !== undefined) {
  microseconds[0] = Math.max(1, Math.round(Number(delay) * 1_000));
  Atomics.notify(microseconds, 0);
}
const began = performance.now();
try {
  const opening = openDatabase(url);
  // It makes and migrates the database in its first turn.
  const migrated = performance.now() - began;
  const database = await opening;
  console.log(`opened ${migrated} ${performance.now() - began}`);
  await database[Symbol.asyncDispose]();
  // Closing takes no part in it; the kill may still be to come.
  if (delay !== undefined) await once(process.stdin, 'end');
} catch (error) {
  console.log(`failed ${error}`);
}
process.exit(0);
