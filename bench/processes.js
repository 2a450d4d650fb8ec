// Starting and ending the processes of a benchmark. All of them end by themselves when this one does.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { createServer } from 'node:net';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { caller } from './remote.js';

const folder = import.meta.dirname;
const READY_MS = 30_000;
const STOP_MS = 20_000;

/** @typedef {import('./probe.js').Usage} Usage */
/** @typedef {import('./contenders.js').Contender} Contender */
/** @typedef {import('./stream.js').Target} Target */

/**
 * @typedef {object} Running a measured server
 * @property {Target} target where to POST
 * @property {() => Promise<Usage>} usage
 * @property {() => Promise<void>} stop with SIGTERM; rejects if it had ended before
 */

/**
 * The upstream or the load generator.
 * @param {'upstream.js' | 'client.js'} file
 */
export function startTool(file) {
  const child = spawn(process.execPath, [path.join(folder, file)], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  return { call: caller(child), stop: () => child.kill() };
}

/** A port that is free now. */
async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  return typeof address === 'object' && address ? address.port : 0;
}

/**
 * Starts a measured server with the probe in it, and waits until it is ready.
 * @param {Contender} contender
 * @param {{ upstreamPort: number, database: string, log: string }} settings paths of its database and of its output
 * @returns {Promise<Running>}
 */
export async function startServer(contender, { upstreamPort, database, log }) {
  const port = await freePort();
  const output = openSync(log, 'a');
  const child = spawn(contender.command[0], contender.command.slice(1), {
    stdio: ['ignore', output, output, 'ipc'],
    env: {
      ...process.env,
      AZURE_OPENAI_ENDPOINT: `http://127.0.0.1:${upstreamPort}`,
      AZURE_OPENAI_API_KEY: 'benchmark',
      AZURE_OPENAI_DEPLOYMENT_NAME: 'bench',
      PORT: String(port),
      HOST: '127.0.0.1',
      DATABASE_URL: `file:${database}`,
      LOG_LEVEL: process.env.LOG_LEVEL ?? 'info',
      NODE_ENV: 'production',
      NODE_OPTIONS: `${process.env.NODE_OPTIONS ?? ''} --import=${new URL('./probe.js', import.meta.url)}`,
      ...contender.env,
    },
  });
  closeSync(output);
  const ended = once(child, 'exit');
  const call = caller(child);
  /** @param {string} what */
  const failure = (what) => new Error(`the server ${what}`);

  try {
    const deadline = Date.now() + READY_MS;
    while (!(await isReady(port))) {
      if (child.exitCode !== null || child.signalCode !== null) throw failure('ended while it started');
      if (Date.now() > deadline) throw failure(`was not ready after ${READY_MS / 1000} s`);
      await sleep(25);
    }
    const answered = await Promise.race([call('usage'), sleep(2000, null, { ref: false })]);
    if (answered === null)
      throw failure('does not answer the probe: the command must start Node itself, not a script around it');
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }

  return {
    target: { port, path: contender.path, format: contender.format },
    usage: async () => call('usage').catch((error) => Promise.reject(failure(error.message))),
    stop: async () => {
      if (child.exitCode !== null || child.signalCode !== null) throw failure('ended by itself');
      child.kill('SIGTERM');
      const clock = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await ended;
      clearTimeout(clock);
    },
  };
}

/** @param {number} port */
async function isReady(port) {
  try {
    const response = await fetch(`http://127.0.0.1:${port}/readyz`);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // not listening yet
  }
}
