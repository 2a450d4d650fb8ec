// Loaded before a measured server (`--import`), so that it can be asked what it has cost so far. Works wherever Node
// does, counts microseconds where /proc counts ticks of 10 ms, and covers all threads of the process.

import { ownTime } from './machine.js';
import { answer } from './remote.js';

/** @typedef {{ cpu: number, rss: number }} Usage CPU time of user and system in microseconds; resident bytes */

answer({
  /** @returns {Usage} */
  usage: () => ({ cpu: ownTime(), rss: process.memoryUsage.rss() }),
});
// The server ends when it would have ended without the probe.
process.channel?.unref();
