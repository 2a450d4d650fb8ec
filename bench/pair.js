// Compares the service with another build of itself, or with itself with API keys: `npm run bench:pair -- --help`. Both
// servers run at once and are asked in turn, a second or so each, so that whatever else the machine does meets both.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { description } from './machine.js';
import { startServer, startTool } from './processes.js';
import { median } from './samples.js';

/** @typedef {import('./processes.js').Running} Running */

const HELP = `npm run bench:pair -- [options]

  --against "command"  another build: "node ../other/dist/main.js"; without it, the same build with AUTH_METHODS=keys
  --server "command"   the build in question (default: node dist/main.js)
  --only name          only this of firehose, first-token
  --rounds n           how often each is asked (default 20), after a quarter as many to warm up`;

/** What a server is asked in one round. */
const WORK = [
  {
    name: 'firehose',
    label: '50 at once, 500 tokens each; CPU per token',
    call: 'flood',
    job: { instruction: { tokens: 500, delay: 0 }, streams: 50, waves: 2 },
    count: 2 * 50 * 500,
  },
  {
    name: 'first-token',
    label: 'one at a time, 4 tokens each; CPU per request',
    call: 'sequence',
    job: { instruction: { tokens: 4, delay: 1 }, count: 100, warmUp: 0 },
    count: 100,
  },
];

/** An API key, made as its users make one. @param {string[]} command @param {NodeJS.ProcessEnv} env */
function createKey([program = '', ...args], env) {
  const create = [...args, 'keys', 'create', '--name', 'bench'];
  return execFileSync(program, create, { env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
}

/** @param {string | undefined} command */
const words = (command) => command?.split(' ').filter(Boolean);

async function run() {
  const { values } = parseArgs({
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      against: { type: 'string' },
      server: { type: 'string' },
      only: { type: 'string' },
      rounds: { type: 'string', default: '20' },
    },
  });
  if (values.help) return console.log(HELP);
  const rounds = Number(values.rounds);
  if (!Number.isInteger(rounds) || rounds < 1) throw new TypeError('--rounds takes a whole number from 1');
  const chosen = WORK.filter(({ name }) => name === (values.only ?? name));
  if (chosen.length === 0) throw new TypeError(`--only takes ${WORK.map(({ name }) => name).join(' or ')}`);
  const command = words(values.server) ?? [
    process.execPath,
    path.join(import.meta.dirname, '../dist/main.js'),
  ];
  const other = words(values.against);
  const names = other ? ['this build', 'the other'] : ['with a key', 'without'];
  const folder = mkdtempSync(path.join(tmpdir(), 'streaming-benchmark-'));
  const upstream = startTool('upstream.js');
  const client = startTool('client.js');
  /** @type {Running[]} */
  const servers = [];
  try {
    const upstreamPort = await upstream.call('port');
    /** @param {string} name @param {string[]} command @param {boolean} keyed */
    const start = async (name, command, keyed) => {
      const database = path.join(folder, `${name}.db`);
      const env = keyed ? { AUTH_METHODS: 'keys', DATABASE_URL: `file:${database}` } : {};
      const headers = keyed
        ? { authorization: `Bearer ${createKey(command, { ...process.env, ...env })}` }
        : undefined;
      const contender = { name: /** @type {const} */ ('service'), command, path: '/api/chat', env };
      const settings = { upstreamPort, database, log: path.join(folder, `${name}.log`) };
      const server = await startServer({ ...contender, format: 'native' }, settings);
      servers.push({ ...server, target: { ...server.target, headers } });
    };
    await start('one', command, !other);
    await start('two', other ?? command, false);
    console.log(`\n${description()}; ${rounds} rounds; medians, quarters in brackets\n`);
    console.log(`| µs | ${names.join(' | ')} | ratio | of the least |\n| --- | ---: | ---: | ---: | ---: |`);
    for (const { name, label, call, job, count } of chosen) {
      /** @param {Running} server @returns {Promise<number>} microseconds of CPU time for each */
      const cost = async ({ target, usage }) => {
        const before = await usage();
        await client.call(call, call === 'flood' ? { ...job, target } : { ...job, targets: [target] });
        return ((await usage()).cpu - before.cpu) / count;
      };
      const figures = servers.map(() => /** @type {number[]} */ ([]));
      for (let round = -Math.ceil(rounds / 4); round < rounds; round++) {
        process.stderr.write(`${name}, round ${round + 1} of ${rounds}\n`);
        // Each goes first every other time.
        for (const index of round % 2 === 0 ? [0, 1] : [1, 0]) {
          const figure = await cost(/** @type {Running} */ (servers[index]));
          if (round >= 0) figures[index]?.push(figure);
        }
      }
      const [one = [], two = []] = figures;
      const ratios = one.map((figure, round) => figure / (two[round] ?? 0)).sort((a, b) => a - b);
      const quarters = [0.25, 0.75].map((part) => (ratios[Math.floor(part * ratios.length)] ?? 0).toFixed(3));
      // What disturbs a round only adds to it.
      const least = `× ${(Math.min(...one) / Math.min(...two)).toFixed(3)}`;
      const ratio = `× ${median(ratios).toFixed(3)} (${quarters.join(' to ')})`;
      console.log(
        `| ${name}: ${label} | ${figures.map((each) => median(each).toFixed(2)).join(' | ')} | ${ratio} | ${least} |`,
      );
    }
  } finally {
    await Promise.allSettled(servers.map((server) => server.stop()));
    client.stop();
    upstream.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

try {
  await run();
} catch (error) {
  console.error(`The benchmark failed: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}
