// Loaded before a watched server (`--import`, with --expose-gc), so that it can be asked what it holds.

process.on('message', () => {
  // Twice: what finalizers let go of in the first collection goes in the second.
  globalThis.gc?.();
  setImmediate(() => {
    globalThis.gc?.();
    process.send?.({ heap: process.memoryUsage().heapUsed, resources: process.getActiveResourcesInfo() });
  });
});
// The server ends when it would have ended without the probe.
process.channel?.unref();
