import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Whether this system tells what another process uses; Linux does. */
export const USAGE_IS_KNOWN = existsSync('/proc/self/status');

/** Resident memory of a process, in bytes. */
export function residentBytes(pid: number): number {
  const kib = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
  return Number(kib) * 1024;
}

/** Files, sockets and pipes that a process has open. */
export function openFiles(pid: number): number {
  return readdirSync(`/proc/${pid}/fd`).length;
}
