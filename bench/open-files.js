// Whether a process here may have as many files open as a scenario needs.

import { execFileSync } from 'node:child_process';

/**
 * @param {string} scenario
 * @param {number} needed
 * @throws {Error} that says what to do
 */
export function requireOpenFiles(scenario, needed) {
  if (process.platform === 'win32') return;
  const limit = execFileSync('/bin/sh', ['-c', 'ulimit -n'], { encoding: 'utf8' }).trim();
  if (limit === 'unlimited' || Number(limit) >= needed) return;
  throw new Error(
    `${scenario} needs ${needed} open files in one process, and the limit is ${limit}. ` +
      `Raise it in this shell with \`ulimit -n ${needed}\` (if that is refused, as root or in limits.conf), ` +
      'or choose fewer streams with --streams, or leave the scenario out with --only.',
  );
}
