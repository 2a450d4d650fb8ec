import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'test-summary-'));
});

afterEach(() => {
  rmSync(directory, { recursive: true });
});

/** Runs scripts/test.js where the checks are these commands of npm. */
function summary(scripts: Record<string, string>) {
  writeFileSync(join(directory, 'package.json'), JSON.stringify({ scripts }));
  const { status, stdout } = spawnSync(process.execPath, [resolve('scripts/test.js')], {
    cwd: directory,
    encoding: 'utf8',
  });
  return { status, stdout, last: stdout.trimEnd().split('\n').at(-1) };
}

/** A check that writes a report and exits. */
function reporting(file: string, report: object, code = 0): string {
  writeFileSync(
    join(directory, `${file}.js`),
    `require('node:fs').writeFileSync('test-output/${file}.json', ${JSON.stringify(JSON.stringify(report))});
     process.exitCode = ${code};`,
  );
  return `node ${file}.js --`;
}

const SHAREDB = { numPassedTests: 7, numFailedTests: 0, numPendingTests: 2 };

describe('the summary of the tests', () => {
  it('adds up checks and reports, lists what was skipped and which test files were slow', () => {
    const assertionResults = [
      { status: 'pending', fullName: 'the page opens' },
      { status: 'passed', fullName: 'the page closes' },
    ];
    const testResults = [
      { name: join(directory, 'quick.test.ts'), startTime: 1_000, endTime: 1_500, assertionResults: [] },
      { name: join(directory, 'slow.test.ts'), startTime: 1_000, endTime: 6_000, assertionResults },
    ];
    const report = { numPassedTests: 5, numFailedTests: 0, numPendingTests: 1, numTodoTests: 1, testResults };
    const { status, stdout, last } = summary({
      typecheck: 'true',
      lint: 'true',
      test: reporting('tests', report),
      'test:sharedb': reporting('sharedb', SHAREDB),
    });
    expect(last).toBe('14 passed, 0 failed, 4 skipped');
    expect(status).toBe(0);
    expect(stdout).toContain('Skipped:\n  slow.test.ts: the page opens\n');
    expect(stdout).toMatch(/5\.0 s {2}slow\.test\.ts\n +0\.5 s {2}quick\.test\.ts\n/);
  });

  it('fails if anything failed, and counts a file that does not load as a failure', () => {
    const report = { numPassedTests: 5, numFailedTests: 1, numRuntimeErrorTestSuites: 3, testResults: [] };
    const { status, last } = summary({
      typecheck: 'true',
      lint: 'false',
      test: reporting('tests', report, 1),
      'test:sharedb': reporting('sharedb', SHAREDB),
    });
    expect(last).toBe('13 passed, 5 failed, 2 skipped');
    expect(status).toBe(1);
  });

  it('fails if a suite did not run, or had nothing to run', () => {
    const { status, last } = summary({
      typecheck: 'true',
      lint: 'true',
      test: reporting('tests', { numPassedTests: 0 }),
      'test:sharedb': 'false',
    });
    expect(last).toBe('2 passed, 2 failed, 0 skipped');
    expect(status).toBe(1);
  });
});
