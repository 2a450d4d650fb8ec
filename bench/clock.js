// One clock for all processes of the benchmark: the machine's monotonic clock, which Linux and macOS share between
// processes. (`performance.timeOrigin` is read from the wall clock at each start, and drifts between processes.)

/** Milliseconds since a fixed moment that is the same in all processes of this machine. */
export function now() {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
