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

/** What a collection of garbage, or memory that is used for the first time, may add to one measurement. In µs. */
const SLACK = 100_000;

/**
 * How many times as much CPU time the work takes for eight times the size as for the size, eight times, on this
 * machine: about 1 where it is in proportion to the size, and 8 where it is in proportion to its square.
 */
export async function costGrowth(work: (size: number) => unknown, size: number): Promise<number> {
  const eightTimes = await leastCpuOf(async () => {
    for (let count = 0; count < 8; count += 1) await work(size);
  });
  const enough = 2 * eightTimes + SLACK;
  const atOnce = await leastCpuOf(() => work(8 * size), { times: 5, enough });
  return Math.max(0, atOnce - SLACK) / eightTimes;
}

/** Between proportion and square, where factors multiply; nearer to the square, because much memory is slower. */
export const MOST_GROWTH = 4;
