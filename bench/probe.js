// Loaded into a measured server (`--import`), to report its CPU time and memory. Works wherever Node
// does, counts microseconds where /proc counts ticks of 10 ms, and covers all threads of the process.

import { ownTime } from './machine.js';
import { answer } from './remote.js';

/** @typedef {{ cpu: number, rss: number }} Usage CPU time of user and system in microseconds; resident bytes */

answer({
  /** @returns {Usage} */
  usage: () => ({ cpu: ownTime(), rss: process.memoryUsage.rss() }),
});
// The probe does not keep the server alive.
process.channel?.unref();
