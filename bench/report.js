// The results as Markdown, so that they can go into a document as they are.

import { median } from './samples.js';

/** @typedef {import('./scenario.js').Metrics} Metrics */
/** @typedef {import('./scenario.js').Row} Row */
/** @typedef {import('./scenario.js').Scenario} Scenario */
/** @typedef {'pipe' | 'relay' | 'service'} Name */
/** @typedef {{ scenario: Scenario, rows: Row[], rounds: Array<Partial<Record<Name, Metrics>>> }} Result */

/** @param {number} value */
const figure = (value) =>
  Math.abs(value) >= 100 ? value.toFixed(0) : value.toFixed(Math.abs(value) >= 10 ? 1 : 2);

/**
 * Figures of all rounds that have one.
 * @param {Result} result
 * @param {(round: Partial<Record<Name, Metrics>>) => number | undefined} pick
 */
const collect = ({ rounds }, pick) => rounds.map(pick).filter((value) => value !== undefined);

/** @param {Result} result @param {Name} name @param {string} metric @param {string} unit */
function cell(result, name, metric, unit) {
  const values = collect(result, (round) => round[name]?.[metric]);
  return values.length === 0 ? '–' : `${figure(median(values))} ${unit}`.trim();
}

/**
 * A contender relative to the pipe, per round: within a round the state of the machine is the same for both, so the
 * median of the rounds' ratios is more reliable than the ratio of two medians.
 * @param {Result} result
 * @param {Name} name
 * @param {Row} row
 */
function against(result, name, { metric, reach }) {
  return collect(result, (round) => {
    const own = round[name]?.[metric];
    const pipe = round.pipe?.[metric];
    if (own === undefined || reach.kind === 'limit') return own;
    if (pipe === undefined) return undefined;
    return reach.kind === 'times' ? own / pipe : own - pipe;
  });
}

/** @param {number[]} values @param {Row} row */
function compared(values, { unit, reach }) {
  if (values.length === 0) return '–';
  const sign = reach.kind === 'times' ? '× ' : reach.kind === 'plus' && median(values) >= 0 ? '+ ' : '';
  const range =
    values.length > 1 ? ` (${figure(Math.min(...values))} to ${figure(Math.max(...values))})` : '';
  return `${sign}${figure(median(values))}${reach.kind === 'times' ? '' : ` ${unit}`.trimEnd()}${range}`;
}

/** @param {Row} row */
function reached({ unit, reach }) {
  if (reach.kind === 'times') return `× ${reach.value.toFixed(1)}`;
  return `${reach.kind === 'plus' ? '+ ' : ''}${reach.value} ${unit}`.trim();
}

/** @param {string[][]} rows the first one is the header; columns after the first are aligned to the right */
const table = ([header, ...rows]) =>
  [header, header.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n');

/** @param {Result[]} results */
export function mainTable(results) {
  const header = [
    '',
    'pipe',
    'relay',
    'service',
    'relay against pipe',
    'service against pipe',
    'to reach',
    '',
  ];
  const rows = results.flatMap((result) =>
    result.rows.map((row) => {
      const service = against(result, 'service', row);
      const verdict =
        service.length === 0 ? '' : median(service) <= row.reach.value ? 'reached' : '**missed**';
      return [
        row.label,
        .../** @type {Name[]} */ (['pipe', 'relay', 'service']).map((name) =>
          cell(result, name, row.metric, row.unit),
        ),
        compared(against(result, 'relay', row), row),
        compared(service, row),
        reached(row),
        verdict,
      ];
    }),
  );
  return table([header, ...rows]);
}

const SPREADS = ['gap', 'delay', 'first'].flatMap((name) =>
  ['p50', 'p95', 'p99', 'max'].map((part) => `${name}.${part}`),
);

/** How evenly tokens arrive, to show throughput that costs latency. @param {Result[]} results */
export function latencyTable(results) {
  const header = ['milliseconds', 'tokens per event', ...SPREADS.map((name) => name.replace('.', ' '))];
  const rows = results.flatMap((result) =>
    result.scenario.contenders
      .filter((name) => result.rounds.some((round) => round[name]))
      .map((name) => [
        `${result.scenario.name}, ${name}`,
        ...['tokensPerEvent', ...SPREADS].map((metric) => cell(result, name, metric, '')),
      ]),
  );
  return table([header, ...rows]);
}

/** Share of a core used by other programs above which the figures are marked as doubtful. */
const TOLERATED_CORES = 0.2;

/** @param {Result[]} results @returns {string | null} null: the machine did little else */
export function disturbance(results) {
  const disturbed = results.flatMap(({ scenario, rounds }) => {
    const others = Math.max(
      ...rounds.flatMap((round) => Object.values(round).map(({ otherCores }) => otherCores)),
    );
    return others > TOLERATED_CORES ? [`${scenario.name} (${figure(others)})`] : [];
  });
  if (disturbed.length === 0) return null;
  return `Other programs used much of the machine meanwhile, in cores at worst: ${disturbed.join(', ')}. Measure again when it is quiet.`;
}
