// Loaded into a server (`--import`, with --expose-gc), to report its resources.

process.on('message', () => {
  // Twice: the second collection frees what finalizers of the first released.
  globalThis.gc?.();
  setImmediate(() => {
    globalThis.gc?.();
    process.send?.({ heap: process.memoryUsage().heapUsed, resources: process.getActiveResourcesInfo() });
  });
});
// The probe does not keep the server alive.
process.channel?.unref();
