// Loaded into a server (`--import`), so that it can be asked how long its event loop was held up at most, in ms since
// it was asked before, and how long a fixed piece of work takes here now, in ms: machines and their moods differ by
// more than an order of magnitude. In a process of its own: that of the tests has a heap whose garbage takes seconds to
// collect.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
process.on('message', () => {
  const longest = Math.round(delay.max / 1e6);
  const took = yardstick();
  // What the yardstick held up itself is noticed first, and forgotten.
  setTimeout(() => {
    delay.reset();
    process.send?.({ longest, yardstick: took });
  }, 50);
});

/** Reads and writes 10 MB of JSON. */
function yardstick() {
  const lines = Array.from({ length: 20_000 }, (_, line) => `${line} `.padEnd(49, 'abcdefg '));
  const startedAt = performance.now();
  for (let time = 0; time < 10; time += 1) JSON.parse(JSON.stringify(lines));
  return performance.now() - startedAt;
}

// The server ends when it would have ended without the probe.
process.channel?.unref();
