// A separate thread, so that CPU time of the attack is not measured as silence of the server. At its end it reports the
// longest response time of /healthz (ms) and the maximum of resident memory (MiB; 0 if unknown).

import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, workerData } from 'node:worker_threads';

const PAUSE_MS = 20;
const { url, pid } = workerData;
let isOver = false;
parentPort?.once('message', () => {
  isOver = true;
});

function residentMib() {
  try {
    return Math.round(
      Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024,
    );
  } catch {
    return 0;
  }
}

const seen = { longestGapMs: 0, peakMib: 0 };
while (!isOver) {
  const askedAt = performance.now();
  await (await fetch(`${url}/healthz`)).text();
  seen.longestGapMs = Math.max(seen.longestGapMs, Math.round(performance.now() - askedAt));
  seen.peakMib = Math.max(seen.peakMib, residentMib());
  await sleep(PAUSE_MS);
}
parentPort?.postMessage(seen);
