// Runs the server's own tests on the releases of Node that this machine does not have, in a copy of the sources with
// the packages that those releases need. `-- 24` runs one of them alone. Jest's reports go to test-output/node-24.json,
// ….
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { installNode } from './node-release.ts';

/** Test files whose result does not depend on the release: pages in a browser, pure text and algorithms, packaging. */
const SAME_ON_ALL = [
  '__tests__/page/',
  '__tests__/repository/',
  '__tests__/editing/(?!editing)',
  'http/hostile-bodies',
  'library/package',
  'operations/docker',
  'runs/races',
  'store/reads/documented',
  'property',
  'workspaces/(convergence|large-files)',
];

/**
 * What a release of Node can break: its HTTP and sockets, streams and `fetch`, signals, threads, timers, and the native
 * module of SQLite. The rest of the server is JavaScript that all of them run alike.
 */
const DEPENDS_ON_NODE = [
  'client/(client-and-service|run-handle)',
  'embedded/chats',
  'http/(bad-input|event-body|heartbeats|kept-connections|large-bodies|resume|stream)',
  'operations/(node-release|shutdown)',
  'providers/node-fetch',
  'runs/(run-log|stalled-reader)',
  'sharedb/(dispose|upgrade-offers|viewers)',
  'store/(database|store)\\.test',
  'store/opening/identity',
  'store/writes/(group-commit|long-edits|storage-failures)',
];

/** The newest long-term release runs everything that is not the same on all. */
const RELEASES: Array<{ major: number; only?: string[] }> = [
  { major: 22, only: DEPENDS_ON_NODE },
  { major: 24 },
  // Not yet a long-term release. In it, an application's own routes do not answer a request that offers HTTP/2.
  { major: 26, only: DEPENDS_ON_NODE.map((files) => files.replace('|upgrade-offers', '')) },
];

const wanted = process.argv.slice(2).map(Number);
const current = Number(process.versions.node.split('.')[0]);
const releases = RELEASES.filter(({ major }) =>
  wanted.length > 0 ? wanted.includes(major) : major !== current,
);

const root = mkdtempSync(join(tmpdir(), 'other-nodes-'));
mkdirSync('test-output', { recursive: true });
try {
  const copy = copySources(join(root, 'sources'));
  const paths = new Map(releases.map(({ major }) => [major, installNode(major, root)]));
  const [anyNode = ''] = paths.values();
  for (const step of ['node scripts/install.js', 'npm run --silent generate', 'npm run --silent build']) {
    console.log(`\n${step}`);
    execFileSync(step, {
      cwd: copy,
      env: withPath(anyNode),
      shell: true,
      stdio: ['ignore', 'inherit', 'inherit'],
    });
  }
  const succeeded = releases.map((release) => test(copy, paths.get(release.major) ?? '', release));
  process.exitCode = succeeded.every(Boolean) ? 0 : 1;
} finally {
  rmSync(root, { recursive: true, force: true });
}

/** Copies all files that are or could be committed. */
function copySources(target: string): string {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', '-z']);
  for (const file of new Set(listed.toString().split('\0').filter(Boolean))) {
    cpSync(file, join(target, file));
  }
  return target;
}

/** Returns whether all tests passed. */
function test(copy: string, path: string, { major, only }: (typeof RELEASES)[number]): boolean {
  const report = resolve(`test-output/node-${major}.json`);
  const which = only ?? ['--testPathIgnorePatterns', ...SAME_ON_ALL];
  const words = ['test', '--silent', '--', '--silent', '--json', `--outputFile=${report}`, ...which];
  console.log(`\nNode ${major}: npm ${words.join(' ')}`);
  const { status } = spawnSync('npm', words, {
    cwd: copy,
    env: withPath(path),
    stdio: ['ignore', 'inherit', 'inherit'],
  });
  return status === 0;
}

function withPath(path: string): NodeJS.ProcessEnv {
  return { ...process.env, PATH: `${path}:${process.env.PATH}` };
}
