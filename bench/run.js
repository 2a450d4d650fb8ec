// The benchmark: `npm run bench -- --help`; docs/benchmark.md says what it measures, and how.

import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { description } from './machine.js';
import { measure } from './measure.js';
import { HELP, parseOptions } from './options.js';
import { disturbance, latencyTable, mainTable } from './report.js';

/** @param {import('./options.js').Options} options */
async function run(options) {
  const measured = options.contenders?.includes('service') ?? true;
  if (measured && !options.server && !existsSync(path.join(import.meta.dirname, '../dist/main.js'))) {
    throw new Error('there is no dist/main.js to measure; run `npm run build` first');
  }
  const machine = description();
  const { results, failure } = await measure(options, (progress) => process.stderr.write(`${progress}\n`));
  const size = options.quick ? ', --quick' : '';
  console.log(`\n${machine}${size}; medians of ${options.rounds}, ranges in brackets\n`);
  console.log(mainTable(results));
  console.log(`\n${latencyTable(results)}`);
  const warning = disturbance(results);
  if (warning) console.log(`\n${warning}`);
  if (options.json) {
    const figures = results.map(({ scenario: { name }, rows, rounds }) => ({ name, rows, rounds }));
    const report = { date: new Date().toISOString(), machine, options, results: figures };
    writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  }
  if (failure) throw failure;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options === null) console.log(HELP);
  else await run(options);
} catch (error) {
  console.error(`The benchmark failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
