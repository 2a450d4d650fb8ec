import { median } from '../samples.js';
import { ALL, cpuPerToken, observedMetrics } from '../scenario.js';

const STREAMS = 500;
const TOKENS = 100;
const DELAY_MS = 20;
/** After so many the cost of a token falls no further, in any contender: V8 has compiled what there is to compile. */
const WARM_UP_WAVES = 10;
/** The median of so many counts: a wave that something else on the machine disturbed is none. */
const WAVES = 5;

/**
 * Many answers at a model's rate: tokens arrive one by one, so that few can share a system call.
 * @type {import('../scenario.js').Scenario}
 */
export default {
  name: 'paced',
  rows: () => [
    {
      label: `paced: ${STREAMS} at once, ${TOKENS} tokens each, ${DELAY_MS} ms apart – CPU per token`,
      metric: 'cpuPerToken',
      unit: 'µs',
      reach: { kind: 'times', value: 1.5 },
    },
  ],
  contenders: ALL,
  openFiles: () => 2 * STREAMS + 100,
  measure: ({ client, serve, quick, obfuscated }) =>
    serve(async ({ target, usage }) => {
      const instruction = { tokens: TOKENS, delay: DELAY_MS, stamped: true, obfuscated };
      const flood = { target, instruction, streams: STREAMS };
      await client('flood', { ...flood, waves: quick ? WARM_UP_WAVES / 2 : WARM_UP_WAVES });
      await client('mark');
      const costs = [];
      for (let wave = 0; wave < (quick ? 1 : WAVES); wave++) {
        const before = await usage();
        await client('flood', { ...flood, waves: 1 });
        costs.push(cpuPerToken(before, await usage(), STREAMS * TOKENS));
      }
      return { cpuPerToken: median(costs), ...observedMetrics(await client('mark')) };
    }),
};
