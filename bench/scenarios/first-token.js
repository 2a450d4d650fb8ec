import { ALL, observedMetrics } from '../scenario.js';

/**
 * One request at a time, each in a new chat: the time that the server adds to the upstream's own time to the first
 * token. Requests go to the upstream and the server in turn.
 * @type {import('../scenario.js').Scenario}
 */
export default {
  name: 'first-token',
  rows: () => [
    {
      label: 'time to first token added to the upstream’s own, sequential, p50',
      metric: 'added',
      unit: 'ms',
      reach: { kind: 'limit', value: 2 },
    },
  ],
  contenders: ALL,
  measure: ({ client, serve, upstream, quick, obfuscated }) =>
    serve(async ({ target }) => {
      const instruction = { tokens: 4, delay: 3, obfuscated };
      const targets = [upstream, target];
      const [own, through] = await client('sequence', {
        targets,
        instruction,
        count: quick ? 100 : 300,
        // As many as V8 needs to compile the code of a request; a server has first requests only once.
        warmUp: quick ? 200 : 1000,
      });
      return { added: through.first.p50 - own.first.p50, ...observedMetrics(through) };
    }),
};
