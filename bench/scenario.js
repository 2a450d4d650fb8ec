// The shape of a scenario (a file in scenarios/), and what most of them share.

/** @typedef {import('./client.js').Observed} Observed */
/** @typedef {import('./probe.js').Usage} Usage */
/** @typedef {import('./processes.js').Running} Running */
/** @typedef {import('./stream.js').Target} Target */

/** @typedef {Record<string, number>} Metrics */

/**
 * @typedef {object} Stage what a scenario is given for one round of one contender
 * @property {(name: string, argument?: unknown) => Promise<any>} client calls the load generator (see client.js)
 * @property {Target} upstream the upstream itself, to be asked without a server between
 * @property {string} database path of a database file that does not exist yet; it is removed after the round
 * @property {boolean} quick less of everything
 * @property {boolean} obfuscated see answer.js
 * @property {number | null} streams how many at once, if the user chose
 * @property {<T>(measure: (server: Running) => Promise<T>) => Promise<T>} serve starts the contender in a fresh
 * process, and ends it afterwards
 */

/**
 * @typedef {object} Row one line of the table
 * @property {string} label
 * @property {string} metric which of the metrics
 * @property {string} unit
 * @property {Reach} reach
 */

/**
 * The target of the service: `times` or `plus` the pipe's figure of the same round, or a `limit` of its own.
 * @typedef {{ kind: 'times' | 'plus' | 'limit', value: number }} Reach
 */

/** @typedef {Pick<Stage, 'quick' | 'streams'>} Size */

/**
 * @typedef {object} Scenario
 * @property {string} name as in `--only`
 * @property {(size: Size) => Row[]} rows its lines in the table
 * @property {Array<'pipe' | 'relay' | 'service'>} contenders
 * @property {(size: Size) => number} [openFiles] how many one process must be able to have open
 * @property {(stage: Stage) => Promise<Metrics>} measure one round of one contender
 */

/** @type {Scenario['contenders']} */
export const ALL = ['pipe', 'relay', 'service'];

/**
 * @param {Usage} before
 * @param {Usage} after
 * @param {number} tokens
 * @returns {number} microseconds of CPU time per token
 */
export const cpuPerToken = (before, after, tokens) => (after.cpu - before.cpu) / tokens;

/**
 * Observations as metrics: `tokensPerEvent`, `gap.p50`, `delay.p99` …
 * @param {Observed} observed
 * @returns {Metrics}
 */
export function observedMetrics({ tokens, events, gap, delay, first }) {
  /** @type {Metrics} */
  const metrics = { tokens, tokensPerEvent: tokens / events };
  for (const [name, spread] of Object.entries({ gap, delay, first })) {
    for (const [part, value] of Object.entries(spread ?? {})) metrics[`${name}.${part}`] = value;
  }
  return metrics;
}
