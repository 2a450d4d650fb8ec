// Everything that `make test` checks, one after the other, each whatever became of the others. A check counts as one
// test; a suite of tests as many as its report says. The sum goes to test-output/summary.json and to the last lines.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { exitCode, OUTPUT, readReport, SUMMARY, sum, summaryLine } from './test-results.js';

/** `report`: where a suite writes its results, as jest's or mocha's JSON. */
const CHECKS = [
  { name: 'type check', command: 'npm run --silent typecheck' },
  { name: 'lint and format', command: 'npm run --silent lint' },
  {
    name: 'tests',
    command: `npm test --silent -- --json --outputFile=${OUTPUT}/tests.json`,
    report: `${OUTPUT}/tests.json`,
  },
  {
    name: "ShareDB's suite",
    command: 'npm run --silent test:sharedb',
    report: `${OUTPUT}/sharedb-suite.json`,
  },
];

/** No check takes half as long; one that does hangs, and has failed. */
const LONGEST_CHECK_MS = 20 * 60 * 1000;

rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(OUTPUT);
const results = CHECKS.map(run);
writeFileSync(SUMMARY, JSON.stringify(results, null, 2));
console.log();
for (const { name, seconds, ...counts } of results) {
  console.log(`${name.padEnd(16)} ${summaryLine(counts)} (${seconds} s)`);
}
const total = sum(results);
console.log(summaryLine(total));
process.exitCode = exitCode(total);

function run({ name, command, report }) {
  console.log(`\n${name}: ${command}`);
  const started = performance.now();
  // `exec`, so that it is the check itself that is killed when it hangs.
  const { status } = spawnSync(`exec ${command}`, {
    shell: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: LONGEST_CHECK_MS,
    killSignal: 'SIGKILL',
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  return { name, seconds, ...counted(status === 0, report ? readReport(report) : null) };
}

/** A command that failed, but whose report knows of no failure or does not exist, counts as one failure. */
function counted(succeeded, report) {
  if (report === null) return { passed: succeeded ? 1 : 0, failed: succeeded ? 0 : 1, skipped: 0 };
  return { ...report, failed: report.failed === 0 && !succeeded ? 1 : report.failed };
}
