// Prints the last summary of `make test` as one line, and fails if anything failed, if nothing ran, or if there is no
// summary because the tests were not even begun.
import { existsSync, readFileSync } from 'node:fs';
import { exitCode, NOTHING, SUMMARY, sum, summaryLine } from './test-results.js';

const total = existsSync(SUMMARY)
  ? sum(JSON.parse(readFileSync(SUMMARY, 'utf8')))
  : { ...NOTHING, failed: 1 };
console.log(summaryLine(total));
process.exitCode = exitCode(total);
