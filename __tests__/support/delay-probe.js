// Loaded into a server (`--import`), so that it can be asked how long its event loop was held up at most, in ms since it was
// asked before. In a process of its own: that of the tests has a heap whose garbage takes seconds to collect.
import { monitorEventLoopDelay } from 'node:perf_hooks';

const delay = monitorEventLoopDelay({ resolution: 5 });
delay.enable();
process.on('message', () => {
  process.send?.({ longest: Math.round(delay.max / 1e6) });
  delay.reset();
});
// The server ends when it would have ended without the probe.
process.channel?.unref();
