// Runs all rounds of all contenders in all scenarios. In a round the contenders run one after the other, so that the
// state of the machine is nearly the same for compared figures; each starts anew, with its own database.

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { AZURE_PATH, contenders } from './contenders.js';
import { busyTime, ownTime } from './machine.js';
import { requireOpenFiles } from './open-files.js';
import { startServer, startTool } from './processes.js';
import { scenarios } from './scenarios/index.js';

/** @typedef {import('./contenders.js').Contender} Contender */
/** @typedef {import('./options.js').Options} Options */
/** @typedef {import('./report.js').Result} Result */
/** @typedef {import('./scenario.js').Scenario} Scenario */
/** @typedef {import('./scenario.js').Stage} Stage */

/** @typedef {Omit<Stage, 'database' | 'serve'> & { upstreamPort: number, harnessTime: () => Promise<number> }} Tools */

/**
 * @template {{ name: string }} T
 * @param {readonly T[]} all
 * @param {string[] | null} names null: all of them
 * @throws {Error} for a name that is not among them
 */
function choose(all, names) {
  const unknown = names?.find((name) => !all.some((each) => each.name === name));
  if (unknown === undefined) return all.filter(({ name }) => names?.includes(name) ?? true);
  throw new Error(`there is no "${unknown}", but ${all.map(({ name }) => name).join(', ')}`);
}

/**
 * One round of one contender, with a database of its own.
 * @param {Scenario} scenario
 * @param {Contender} contender
 * @param {Tools} tools
 */
async function measureOnce(scenario, contender, { upstreamPort, harnessTime, ...tools }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'streaming-benchmark-'));
  const database = path.join(folder, 'chats.db');
  const log = path.join(folder, 'output.log');
  let serverTime = 0;
  let failed = false;
  /** @type {Stage['serve']} */
  const serve = async (measure) => {
    const server = await startServer(contender, { upstreamPort, database, log });
    try {
      return await measure(server);
    } finally {
      serverTime += await server.usage().then(
        ({ cpu }) => cpu,
        () => 0,
      );
      await server.stop();
    }
  };
  try {
    const since = { clock: performance.now(), busy: busyTime(), harness: await harnessTime() };
    const metrics = await scenario.measure({ ...tools, database, serve });
    const others = busyTime() - since.busy - serverTime - ((await harnessTime()) - since.harness);
    return { ...metrics, otherCores: Math.max(0, others / 1000 / (performance.now() - since.clock)) };
  } catch (error) {
    failed = true;
    const reason = error instanceof Error ? error.message : error;
    throw new Error(`${scenario.name}, ${contender.name}: ${reason}. Its output is in ${log}`, {
      cause: error,
    });
  } finally {
    if (!failed) rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * @param {Options} options
 * @param {(progress: string) => void} report
 * @returns {Promise<{ results: Result[], failure: unknown }>} the measurements, and the failure that ended them, if any
 */
export async function measure(
  { quick, obfuscated, only, contenders: names, rounds, streams, server },
  report,
) {
  const servers = choose(contenders(server), names);
  const chosen = choose(scenarios, only).filter((scenario) =>
    servers.some(({ name }) => scenario.contenders.includes(name)),
  );
  for (const { name, openFiles } of chosen) {
    if (openFiles) requireOpenFiles(name, openFiles({ quick, streams }));
  }
  /** @type {Result[]} */
  const results = chosen.map((scenario) => ({
    scenario,
    rows: scenario.rows({ quick, streams }),
    rounds: [],
  }));
  const upstream = startTool('upstream.js');
  const client = startTool('client.js');
  try {
    const upstreamPort = await upstream.call('port');
    /** @type {Tools} */
    const tools = {
      client: client.call,
      upstream: { port: upstreamPort, path: AZURE_PATH, format: 'azure' },
      upstreamPort,
      harnessTime: async () => ownTime() + (await upstream.call('cpu')) + (await client.call('cpu')),
      quick,
      obfuscated,
      streams,
    };
    for (const { scenario, rounds: measured } of results) {
      for (let round = 1; round <= rounds; round++) {
        /** @type {Result['rounds'][number]} */
        const figures = {};
        measured.push(figures);
        for (const contender of servers.filter(({ name }) => scenario.contenders.includes(name))) {
          report(`${scenario.name}, round ${round} of ${rounds}: ${contender.name}`);
          figures[contender.name] = await measureOnce(scenario, contender, tools);
        }
      }
    }
    return { results, failure: null };
  } catch (failure) {
    return { results, failure };
  } finally {
    client.stop();
    upstream.stop();
  }
}
