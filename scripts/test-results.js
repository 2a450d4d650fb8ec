// What counts as a result of the tests, and how it is added up.
import { existsSync, readFileSync } from 'node:fs';

export const OUTPUT = 'test-output';
export const SUMMARY = `${OUTPUT}/summary.json`;

export const NOTHING = { passed: 0, failed: 0, skipped: 0 };

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

/** 0 if something ran and nothing failed. */
export function exitCode({ passed, failed }) {
  return failed === 0 && passed > 0 ? 0 : 1;
}

export function summaryLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
