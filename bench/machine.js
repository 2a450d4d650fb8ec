// Describes the machine, and detects other load during a measurement.

import { availableParallelism, cpus } from 'node:os';

export const description = () =>
  `${availableParallelism()} cores (${cpus()[0]?.model.trim()}), ${process.platform}, Node ${process.version}`;

/** CPU time that all programs of this machine have used since it started, in microseconds. */
export function busyTime() {
  let milliseconds = 0;
  for (const { times } of cpus()) milliseconds += times.user + times.nice + times.sys + times.irq;
  return milliseconds * 1000;
}

/** CPU time of this process in microseconds. */
export function ownTime() {
  const { user, system } = process.cpuUsage();
  return user + system;
}
