// Resuming readers, for the load generator: the time from the GET to the first missing character.

import http from 'node:http';
import { now } from './clock.js';
import { keepingAgent } from './connections.js';
import { Samples } from './samples.js';

/** @typedef {import('./samples.js').Spread} Spread */
/** @typedef {import('./stream.js').Target} Target */

/**
 * @typedef {object} Resume
 * @property {Target} target
 * @property {number} live how many runs are active meanwhile, without readers
 * @property {number} count how many readers come back, one at a time, to live runs, and as many to ended ones
 */

/** @typedef {{ runId: string, position: number }} Left what a reader had when it left */

/** While runs are begun, at most so many wait for their first token; see client.js. */
const MOST_WAITING = 50;

/** A token every quarter of a second, far longer than anybody measures. */
const SLOW = { tokens: 2_000, delay: 250 };
const QUICK = { tokens: 100, delay: 0 };

/**
 * @param {Resume} job
 * @returns {Promise<{ live: Spread | null, ended: Spread | null }>} milliseconds
 */
export async function resume({ target, live, count }) {
  const agent = keepingAgent();
  /** @type {Left[]} */
  const runs = [];
  try {
    let begun = 0;
    const beginners = Array.from({ length: Math.min(live, MOST_WAITING) }, async () => {
      while (begun < live) {
        begun++;
        runs.push(await begin(target, SLOW, agent));
      }
    });
    await Promise.all(beginners);
    // Another token in every run, so that every resume has something missing.
    await new Promise((resolve) => setTimeout(resolve, 2 * SLOW.delay));
    const ended = await Promise.all(Array.from({ length: 20 }, () => begin(target, QUICK, agent)));
    await Promise.all(ended.map(({ runId }) => untilItEnds(target, runId, agent)));
    return {
      live: await comeBack(target, runs, count, agent),
      ended: await comeBack(target, ended, count, agent),
    };
  } finally {
    await Promise.all(runs.map(({ runId }) => stop(target, runId, agent)));
    agent.destroy();
  }
}

/**
 * One after the other, to one run after the other.
 * @param {Target} target @param {Left[]} runs @param {number} count @param {http.Agent} agent
 */
async function comeBack(target, runs, count, agent) {
  const warmUp = 20;
  const samples = new Samples();
  for (let turn = -warmUp; turn < count; turn++) {
    const run = runs[(turn + warmUp) % runs.length];
    const startedAt = now();
    const response = await get(target, run.runId, run.position, agent);
    await firstContent(response);
    if (turn >= 0) samples.add(now() - startedAt);
    response.destroy();
  }
  return samples.spread();
}

/**
 * Starts a run, and disconnects at the first token.
 * @param {Target} target @param {{ tokens: number, delay: number }} instruction @param {http.Agent} agent
 * @returns {Promise<Left>}
 */
async function begin(target, instruction, agent) {
  const body = JSON.stringify({ messages: [{ role: 'user', content: JSON.stringify(instruction) }] });
  const headers = { 'Content-Type': 'application/json', 'Content-Length': Buffer.byteLength(body) };
  const response = await send(target, { path: target.path, method: 'POST', headers, agent }, body);
  await firstContent(response);
  response.destroy();
  return { runId: String(response.headers['x-run-id']), position: 1 };
}

/** @param {Target} target @param {string} runId @param {number} position @param {http.Agent} agent */
function get(target, runId, position, agent) {
  const headers = { 'Last-Event-ID': `${runId}:${position}` };
  return send(target, { path: `/api/runs/${runId}/stream`, headers, agent });
}

/** @param {Target} target @param {string} runId @param {http.Agent} agent */
async function untilItEnds(target, runId, agent) {
  for await (const _ of await get(target, runId, 0, agent));
}

/** @param {Target} target @param {string} runId @param {http.Agent} agent */
async function stop(target, runId, agent) {
  for await (const _ of await send(target, { path: `/api/runs/${runId}/stop`, method: 'POST', agent }));
}

/**
 * @param {Target} target @param {http.RequestOptions} options @param {string} [body]
 * @returns {Promise<http.IncomingMessage>} rejects for any status that is no success
 */
function send({ port }, options, body) {
  return new Promise((resolve, reject) => {
    const request = http.request({ host: '127.0.0.1', port, ...options }, (response) => {
      const { statusCode = 0 } = response;
      if (statusCode >= 200 && statusCode < 300) resolve(response);
      else reject(new Error(`${options.path} answered ${statusCode}`));
    });
    request.on('error', reject);
    request.end(body);
  });
}

/** @param {http.IncomingMessage} response @returns {Promise<void>} rejects when there is none */
function firstContent(response) {
  return new Promise((resolve, reject) => {
    let text = '';
    response.setEncoding('utf8');
    response.on('data', (/** @type {string} */ part) => {
      text += part;
      if (text.includes('"type":"content"')) resolve();
    });
    response.on('end', () => reject(new Error(`no text came: ${text}`)));
    response.on('error', reject);
  });
}
