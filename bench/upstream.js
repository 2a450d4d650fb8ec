// The simulated Azure of the benchmark, a process of its own: answers any POST with the number and pace of tokens that
// the last user message asks for. Its parent calls `port` and `cpu`.

import { once } from 'node:events';
import http from 'node:http';
import { stampedTokenAt } from './answer.js';
import { chunkMaker, closing, completionId, opening, wordChunks } from './azure-chunks.js';
import { ownTime } from './machine.js';
import { answer } from './remote.js';

/** @typedef {import('./answer.js').Instruction} Instruction */

/**
 * Writes like any Node program that is ready to write: one write per chunk until the socket is full, then a wait.
 * Node itself puts the writes of one tick into one system call.
 * @param {http.ServerResponse} response
 * @param {string} id
 * @param {Instruction} instruction
 */
function pour(response, id, { tokens, stamped = false, obfuscated = false }) {
  const make = chunkMaker(id, obfuscated);
  const chunks = stamped ? [] : wordChunks(id, tokens, obfuscated);
  let index = 0;
  const fill = () => {
    while (index < tokens) {
      const taken = response.write(stamped ? make(stampedTokenAt(index), index) : chunks[index]);
      index++;
      if (!taken) return;
    }
    response.off('drain', fill);
    response.end(closing(id, tokens));
  };
  response.on('drain', fill);
  fill();
}

/**
 * The first token at once, then one every `delay` milliseconds, counted from the first: an interval would restart from
 * each late tick, and one stall would synchronize thousands of streams permanently.
 * @param {http.ServerResponse} response
 * @param {string} id
 * @param {Instruction} instruction
 */
function drip(response, id, { tokens, delay, stamped = false, obfuscated = false }) {
  const make = chunkMaker(id, obfuscated);
  const chunks = stamped ? [] : wordChunks(id, tokens, obfuscated);
  const startedAt = performance.now();
  /** @type {NodeJS.Timeout | undefined} */
  let timer;
  let index = 0;
  const next = () => {
    response.write(stamped ? make(stampedTokenAt(index), index) : chunks[index]);
    index++;
    if (index < tokens) timer = setTimeout(next, startedAt + index * delay - performance.now());
    else response.end(closing(id, tokens));
  };
  response.on('close', () => clearTimeout(timer));
  next();
}

const server = http.createServer(async (request, response) => {
  let body = '';
  request.setEncoding('utf8');
  for await (const text of request) body += text;
  /** @type {Instruction} */
  const instruction = JSON.parse(JSON.parse(body).messages.at(-1).content);
  const id = completionId();
  response.writeHead(200, { 'Content-Type': 'text/event-stream; charset=utf-8', 'x-request-id': id });
  response.write(opening(id));
  if (instruction.delay > 0) drip(response, id, instruction);
  else pour(response, id, instruction);
});
// Idle connections outlive the pauses between rounds; otherwise a server could reuse one just as it is closed.
server.keepAliveTimeout = 120_000;
server.listen(0, '127.0.0.1');
await once(server, 'listening');

answer({
  cpu: ownTime,
  port: () => {
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  },
});
