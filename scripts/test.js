// Runs everything that `make test` checks, one after the other, each whatever the others found. Ends with what was
// skipped, the slowest test files, and one line such as `312 passed, 0 failed, 3 skipped`; fails if anything failed or
// nothing ran.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { relative } from 'node:path';

/** `reports`: prefix of the files in test-output to which the check writes results as jest's JSON. */
const CHECKS = [
  { name: 'type check', command: 'npm run --silent typecheck' },
  { name: 'lint and format', command: 'npm run --silent lint' },
  {
    name: 'tests',
    command: 'npm test --silent -- --json --outputFile=test-output/tests.json',
    reports: 'tests',
  },
  { name: "ShareDB's suite", command: 'npm run --silent test:sharedb', reports: 'sharedb' },
];
// CI adds it, because it installs packages of its own.
if (process.argv.includes('--all-nodes'))
  CHECKS.push({ name: 'other Nodes', command: 'npm run --silent test:nodes', reports: 'node-' });

/** No check takes half as long; one that does hangs, and has failed. */
const LONGEST_CHECK_MS = 40 * 60 * 1000;

const SLOWEST = 10;

rmSync('test-output', { recursive: true, force: true });
mkdirSync('test-output');
const results = CHECKS.map(run);
const files = results.flatMap(({ files }) => files);
const skipped = files.flatMap(({ name, assertionResults }) =>
  assertionResults
    .filter(({ status }) => status === 'pending' || status === 'todo')
    .map(({ fullName }) => `  ${relative('.', name)}: ${fullName}`),
);
const slowest = files
  .map(({ name, startTime, endTime }) => ({ name: relative('.', name), ms: endTime - startTime }))
  .sort((one, other) => other.ms - one.ms)
  .slice(0, SLOWEST)
  .map(({ name, ms }) => `  ${(ms / 1000).toFixed(1).padStart(6)} s  ${name}`);
console.log(['', 'Skipped:', ...(skipped.length > 0 ? skipped : ['  nothing'])].join('\n'));
console.log(['Slowest test files:', ...slowest, ''].join('\n'));
for (const result of results) console.log(`${result.name.padEnd(16)} ${line(result)} (${result.seconds} s)`);

const sum = (key) => results.reduce((total, result) => total + result[key], 0);
const total = { passed: sum('passed'), failed: sum('failed'), skipped: sum('skipped') };
console.log(line(total));
process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;

function run({ name, command, reports }) {
  console.log(`\n${name}: ${command}`);
  const started = performance.now();
  // `exec`, so that the check itself is killed when it hangs.
  const { status } = spawnSync(`exec ${command}`, {
    shell: true,
    stdio: ['ignore', 'inherit', 'inherit'],
    timeout: LONGEST_CHECK_MS,
    killSignal: 'SIGKILL',
  });
  const seconds = Math.round((performance.now() - started) / 1000);
  return { name, seconds, ...counted(status === 0, reports) };
}

/** A check without reports counts as one test. One that failed without a failure in a report counts as one failure. */
function counted(succeeded, prefix) {
  const reports = readdirSync('test-output')
    .filter((file) => prefix !== undefined && file.startsWith(prefix))
    .map((file) => JSON.parse(readFileSync(`test-output/${file}`, 'utf8')));
  const sum = (key) => reports.reduce((total, report) => total + (report[key] ?? 0), 0);
  const passed = prefix === undefined && succeeded ? 1 : sum('numPassedTests');
  // A test file that does not load has no tests to count.
  const failed = sum('numFailedTests') + sum('numRuntimeErrorTestSuites');
  return {
    passed,
    failed: failed === 0 && (!succeeded || passed === 0) ? 1 : failed,
    skipped: sum('numPendingTests') + sum('numTodoTests'),
    files: reports.flatMap(({ testResults = [] }) => testResults),
  };
}

function line({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
