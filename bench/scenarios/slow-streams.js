import { setTimeout as sleep } from 'node:timers/promises';
import { median } from '../samples.js';
import { ALL, cpuPerToken, observedMetrics } from '../scenario.js';

const STREAMS = 2000;
const DELAY_MS = 250;
const RAMP_MS = 6000;
/** By how much a slow server may exceed the ramp. */
const GRACE_MS = 12_000;
const KIB = 1024;

/**
 * @param {boolean} quick
 * @param {number | null} streams
 */
const size = (quick, streams) => ({
  streams: streams ?? (quick ? 500 : STREAMS),
  windowMs: quick ? 6000 : 20_000,
});

/**
 * Many slow streams: the cost of an open stream, and the delay of a token among so many. CPU and delays are those of
 * the window in which all streams are open; memory is the median over that window, less that of the warmed-up process
 * before.
 * @type {import('../scenario.js').Scenario}
 */
export default {
  name: 'slow-streams',
  rows: ({ quick, streams }) => [
    {
      label: `${size(quick, streams).streams} slow streams, a token per ${DELAY_MS} ms – CPU per token`,
      metric: 'cpuPerToken',
      unit: 'µs',
      reach: { kind: 'times', value: 1.6 },
    },
    {
      label: '– resident KiB per stream',
      metric: 'kibPerStream',
      unit: 'KiB',
      reach: { kind: 'plus', value: 30 },
    },
    {
      label: '– p99 from the upstream’s write to the client’s read',
      metric: 'delay.p99',
      unit: 'ms',
      reach: { kind: 'limit', value: 15 },
    },
  ],
  contenders: ALL,
  openFiles: ({ quick, streams }) => 2 * size(quick, streams).streams + 100,
  measure: ({ client, serve, quick, obfuscated, streams: chosen }) =>
    serve(async ({ target, usage }) => {
      const { streams, windowMs } = size(quick, chosen);
      const instruction = { tokens: 100, delay: 10, stamped: true, obfuscated };
      await client('flood', { target, instruction, streams: 100, waves: 3 });
      await sleep(1000);
      const resting = await usage();

      const tokens = Math.ceil((RAMP_MS + GRACE_MS + windowMs) / DELAY_MS);
      const ended = client('flood', {
        target,
        instruction: { ...instruction, tokens, delay: DELAY_MS },
        streams,
        rampMs: RAMP_MS,
      });
      const startedAt = performance.now();
      await Promise.race([ended, client('started')]);
      const startMs = performance.now() - startedAt;
      if (startMs > RAMP_MS + GRACE_MS) {
        throw new Error(`it needed ${Math.round(startMs)} ms to start ${streams} streams`);
      }
      await client('mark');
      const before = await usage();
      const resident = [];
      const until = performance.now() + windowMs;
      while (performance.now() < until) {
        await Promise.race([ended, sleep(500)]);
        resident.push((await usage()).rss);
      }
      const after = await usage();
      const observed = await client('mark');
      await ended;
      await client('mark');
      return {
        cpuPerToken: cpuPerToken(before, after, observed.tokens),
        kibPerStream: (median(resident) - resting.rss) / KIB / streams,
        startMs,
        ...observedMetrics(observed),
      };
    }),
};
