/** CPU time of this process, all its threads included, that synchronous work takes; in µs. */
export function cpuOf(work: () => void): number {
  const before = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/** The least of a few measurements, in µs: a collection of garbage, or a machine that is busy, can only add to one. */
export function leastCpuOf(work: () => void, times = 5): number {
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; count < times; count += 1) least = Math.min(least, cpuOf(work));
  return least;
}
