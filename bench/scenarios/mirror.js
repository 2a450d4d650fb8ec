import { keepingAgent } from '../connections.js';
import { stream } from '../stream.js';
import { Viewers } from '../viewers.js';

const RUNS = 100;
const CROWD = 200;
const DELAY_MS = 20;
const WARM_UP = 5;

const ignore = () => {};
const unobserved = { first: ignore, gap: ignore, delay: ignore, event: ignore, tokens: ignore };

/**
 * The delay of a token to viewers (MIRROR-3): many live chats with a viewer each, then one chat with many.
 * @type {import('../scenario.js').Scenario}
 */
export default {
  name: 'mirror',
  rows: () => [
    {
      label: `${RUNS} live runs, each watched: p95 from the upstream’s write to the viewer’s read`,
      metric: 'runs.p95',
      unit: 'ms',
      reach: { kind: 'limit', value: 100 },
    },
    { label: '– p50', metric: 'runs.p50', unit: 'ms', reach: { kind: 'limit', value: 60 } },
    {
      label: `one run, ${CROWD} viewers: p95`,
      metric: 'crowd.p95',
      unit: 'ms',
      reach: { kind: 'limit', value: 100 },
    },
    { label: '– p50', metric: 'crowd.p50', unit: 'ms', reach: { kind: 'limit', value: 60 } },
  ],
  contenders: ['service'],
  openFiles: () => 2 * CROWD + 2 * RUNS + 100,
  measure: ({ serve, quick }) =>
    serve(async ({ target }) => {
      const tokens = quick ? 60 : 200;
      await watched('warm-up', WARM_UP, WARM_UP);
      const runs = await watched('live', RUNS, RUNS);
      const crowd = await watched('crowd', 1, CROWD);
      return { 'runs.p50': runs.p50, 'runs.p95': runs.p95, 'crowd.p50': crowd.p50, 'crowd.p95': crowd.p95 };

      /**
       * @param {string} name
       * @param {number} chats
       * @param {number} viewers dealt out to the chats
       */
      async function watched(name, chats, viewers) {
        const agent = keepingAgent();
        const audience = new Viewers();
        const chatId = (/** @type {number} */ index) => `${name}-${index % chats}`;
        try {
          await Promise.all(
            Array.from({ length: viewers }, (_, index) => audience.add(target.port, chatId(index))),
          );
          await Promise.all(
            Array.from({ length: chats }, (_, index) =>
              stream(
                { ...target, chatId: chatId(index) },
                { tokens, delay: DELAY_MS, stamped: true },
                agent,
                unobserved,
              ),
            ),
          );
          if (!audience.delays) throw new Error('the viewers saw nothing');
          return audience.delays;
        } finally {
          audience.close();
          agent.destroy();
        }
      }
    }),
};
