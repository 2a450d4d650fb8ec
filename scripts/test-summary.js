// Counts of test results. Run by itself, it prints the last summary as one line, and fails if anything failed, if
// nothing ran, or if there is no summary because the tests were not even begun.
import { existsSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';

export const OUTPUT = 'test-output';
export const SUMMARY = `${OUTPUT}/summary.json`;

const NOTHING = { passed: 0, failed: 0, skipped: 0 };

/** Jest's or mocha's JSON as `{passed, failed, skipped}`; nothing at all if the file does not exist. */
export function readReport(file) {
  if (!existsSync(file)) return NOTHING;
  const report = JSON.parse(readFileSync(file, 'utf8'));
  if ('stats' in report) {
    const { passes, failures, pending } = report.stats;
    return { passed: passes, failed: failures, skipped: pending };
  }
  return {
    passed: report.numPassedTests,
    // A file that could not even be loaded has no tests to count.
    failed: report.numFailedTests + report.numRuntimeErrorTestSuites,
    skipped: report.numPendingTests + report.numTodoTests,
  };
}

export function sum(results) {
  return results.reduce(
    (total, { passed, failed, skipped }) => ({
      passed: total.passed + passed,
      failed: total.failed + failed,
      skipped: total.skipped + skipped,
    }),
    NOTHING,
  );
}

export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  const notBegun = { ...NOTHING, failed: 1 };
  const total = existsSync(SUMMARY) ? sum(JSON.parse(readFileSync(SUMMARY, 'utf8'))) : notBegun;
  console.log(summaryLine(total));
  process.exitCode = total.failed === 0 && total.passed > 0 ? 0 : 1;
}
