import { observedMetrics } from '../scenario.js';
import { seed } from '../seed.js';

const SHORT = { id: 'benchmark-short', messages: 10 };
const LONG = { id: 'benchmark-long', messages: 100_000 };

/**
 * The cost of a long chat: POST to first token in a chat of 100,000 messages and in one of 10, in turn.
 * @type {import('../scenario.js').Scenario}
 */
export default {
  name: 'long-history',
  rows: () => [
    {
      label: 'POST to first token with 100,000 messages in the chat, against 10',
      metric: 'againstShort',
      unit: '',
      reach: { kind: 'limit', value: 1.1 },
    },
  ],
  contenders: ['service'],
  measure: async ({ client, serve, database, quick, obfuscated }) => {
    await serve(async () => {}); // it makes its own tables
    seed(database, [SHORT, LONG]);
    return serve(async ({ target }) => {
      const instruction = { tokens: 4, delay: 3, obfuscated };
      const targets = [SHORT, LONG].map(({ id }) => ({ ...target, chatId: id }));
      const [short, long] = await client('sequence', {
        targets,
        instruction,
        count: quick ? 100 : 300,
        warmUp: quick ? 50 : 300,
      });
      return { againstShort: long.first.p50 / short.first.p50, ...observedMetrics(long) };
    });
  },
};
