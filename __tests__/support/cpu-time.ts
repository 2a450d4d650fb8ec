/** CPU time of this process, all its threads included, that the work takes; in µs. */
async function cpuOf(work: () => unknown): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return user + system;
}

/**
 * The least of a few measurements, in µs: a collection of garbage, or a machine that is busy, can only add to one.
 * Measures again only while it is more than `enough`.
 */
export async function leastCpuOf(work: () => unknown, { times = 5, enough = 0 } = {}): Promise<number> {
  let least = Number.POSITIVE_INFINITY;
  for (let count = 0; count < times && least > enough; count += 1) least = Math.min(least, await cpuOf(work));
  return least;
}

/**
 * How many times as much CPU time the work takes for eight times the size, on this machine: about 8 where it is in
 * proportion to the size, and 64 where it is in proportion to its square.
 */
export async function costGrowth(work: (size: number) => unknown, size: number): Promise<number> {
  const one = await leastCpuOf(() => work(size));
  return (await leastCpuOf(() => work(8 * size), { times: 3, enough: 16 * one })) / one;
}

/** In the middle between proportion and square, where factors multiply. */
export const MOST_GROWTH = 24;
