import { ALL, cpuPerToken, observedMetrics } from '../scenario.js';

const STREAMS = 50;
const TOKENS = 500;

/**
 * Answers as fast as possible: the cost of a token when the server is the bottleneck.
 * @type {import('../scenario.js').Scenario}
 */
export default {
  name: 'firehose',
  rows: () => [
    {
      label: `firehose: ${STREAMS} at once, ${TOKENS} tokens each, no delay – CPU per token`,
      metric: 'cpuPerToken',
      unit: 'µs',
      reach: { kind: 'times', value: 2 },
    },
  ],
  contenders: ALL,
  measure: ({ client, serve, quick, obfuscated }) =>
    serve(async ({ target, usage }) => {
      const flood = { target, instruction: { tokens: TOKENS, delay: 0, obfuscated }, streams: STREAMS };
      await client('flood', { ...flood, waves: quick ? 4 : 8 });
      await client('mark');
      const before = await usage();
      await client('flood', { ...flood, waves: quick ? 8 : 24 });
      const after = await usage();
      const observed = await client('mark');
      return { cpuPerToken: cpuPerToken(before, after, observed.tokens), ...observedMetrics(observed) };
    }),
};
