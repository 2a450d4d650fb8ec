const FEW = 10;
const MANY = 1000;

/** @param {boolean} quick */
const many = (quick) => (quick ? 200 : MANY);

/**
 * Resuming after a lost connection: time from the GET to the first missing character, of a live and of an ended run,
 * with few and with many live runs.
 * @type {import('../scenario.js').Scenario}
 */
export default {
  name: 'resume',
  rows: ({ quick }) =>
    [FEW, many(quick)].flatMap((runs, index) =>
      /** @type {const} */ (['live', 'ended']).flatMap((when) => [
        {
          label: `resume, ${when === 'live' ? 'live' : 'after the end'}, ${runs} live runs – GET to first missing character, p50`,
          metric: `${when}${index}.p50`,
          unit: 'ms',
          reach: { kind: 'limit', value: 3 },
        },
        { label: '– p95', metric: `${when}${index}.p95`, unit: 'ms', reach: { kind: 'limit', value: 10 } },
      ]),
    ),
  contenders: ['service'],
  openFiles: ({ quick }) => many(quick) + 200,
  measure: ({ client, serve, quick }) =>
    serve(async ({ target }) => {
      /** @type {import('../scenario.js').Metrics} */
      const metrics = {};
      for (const [index, live] of [FEW, many(quick)].entries()) {
        const { live: ofLive, ended } = await client('resume', { target, live, count: quick ? 100 : 300 });
        for (const [when, spread] of Object.entries({ live: ofLive, ended })) {
          metrics[`${when}${index}.p50`] = spread.p50;
          metrics[`${when}${index}.p95`] = spread.p95;
        }
      }
      return metrics;
    }),
};
