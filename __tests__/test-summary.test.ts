import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'test-summary-'));
  mkdirSync(join(directory, 'test-output'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

const SUMMARY = resolve('scripts/test-summary.js');
const RESULTS = resolve('scripts/test-results.js');

function node(...words: string[]) {
  const { status, stdout } = spawnSync(process.execPath, words, { cwd: directory, encoding: 'utf8' });
  return { status, stdout };
}

/** What a report counts as. */
function counted(report: unknown) {
  writeFileSync(join(directory, 'report.json'), JSON.stringify(report));
  const program = `import('${RESULTS}').then(({ readReport }) => console.log(JSON.stringify(readReport('report.json'))))`;
  return JSON.parse(node('--eval', program).stdout);
}

describe('the summary of the tests', () => {
  it.each([
    [{ passed: 3, failed: 0, skipped: 1 }, 0, '5 passed, 0 failed, 1 skipped\n'],
    [{ passed: 3, failed: 1, skipped: 0 }, 1, '5 passed, 1 failed, 0 skipped\n'],
  ])('adds %j up, and fails if anything failed', (results, status, stdout) => {
    const summary = [{ name: 'type check', passed: 2, failed: 0, skipped: 0 }, results];
    writeFileSync(join(directory, 'test-output/summary.json'), JSON.stringify(summary));
    expect(node(SUMMARY)).toEqual({ status, stdout });
  });

  it('fails if nothing ran', () => {
    writeFileSync(join(directory, 'test-output/summary.json'), '[]');
    expect(node(SUMMARY)).toEqual({ status: 1, stdout: '0 passed, 0 failed, 0 skipped\n' });
  });

  it('fails if the tests were not begun', () => {
    expect(node(SUMMARY)).toEqual({ status: 1, stdout: '0 passed, 1 failed, 0 skipped\n' });
  });

  it("reads jest's report, in which a file that does not load is a failure", () => {
    const report = { numPassedTests: 5, numFailedTests: 1, numPendingTests: 2, numTodoTests: 1 };
    expect(counted({ ...report, numRuntimeErrorTestSuites: 3 })).toEqual({
      passed: 5,
      failed: 4,
      skipped: 3,
    });
  });

  it("reads mocha's report", () => {
    expect(counted({ stats: { passes: 7, failures: 1, pending: 2 } })).toEqual({
      passed: 7,
      failed: 1,
      skipped: 2,
    });
  });
});
