import { once } from 'node:events';
import { Worker } from 'node:worker_threads';

export interface Seen {
  /** The longest time that /healthz took; ms. */
  longestGapMs: number;
  /** The most resident memory; MiB, 0 where the system does not say. */
  peakMib: number;
}

/** Watches a server from outside during an attack. Rejects if it does not respond any more. */
export async function watched(url: string, pid: number, work: () => Promise<void>): Promise<Seen> {
  const probe = new Worker(new URL('./health-probe.js', import.meta.url), { workerData: { url, pid } });
  const seen: Promise<Seen> = once(probe, 'message').then(([said]) => said);
  try {
    await Promise.race([work(), seen]);
    probe.postMessage('over');
    return await seen;
  } finally {
    await probe.terminate();
  }
}
