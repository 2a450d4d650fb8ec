// One request of the load generator, from the POST to the last byte, checked while it arrives.

import http from 'node:http';
import { readStamp, STAMP_WIDTH, textOf } from './answer.js';
import { now } from './clock.js';
import { formats } from './formats.js';

/** @typedef {import('./answer.js').Instruction} Instruction */
/**
 * @typedef {object} Target
 * @property {number} port
 * @property {string} path
 * @property {'azure' | 'native'} format
 * @property {string} [chatId]
 * @property {Record<string, string>} [headers] to send beside the usual ones
 */

/**
 * @typedef {object} Observer
 * @property {(milliseconds: number) => void} first the first token came this long after the POST
 * @property {(milliseconds: number) => void} gap so long after the stream's previous event came another
 * @property {(milliseconds: number) => void} delay a stamped token was on its way this long
 * @property {() => void} event
 * @property {(count: number) => void} tokens so many tokens were received (without stamps: all of them, at the end)
 */

/**
 * @param {Target} target
 * @param {Instruction} instruction
 * @param {http.Agent} agent
 * @param {Observer} observer
 * @returns {Promise<void>} rejects when the answer is not exactly what was asked for
 */
export function stream(target, instruction, agent, observer) {
  const format = formats[target.format];
  const body = format.body(instruction, target.chatId);
  const headers = {
    'Content-Type': 'application/json',
    'Content-Length': Buffer.byteLength(body),
    ...target.headers,
  };
  return new Promise((resolve, reject) => {
    const startedAt = now();
    const request = http.request({
      host: '127.0.0.1',
      port: target.port,
      path: target.path,
      method: 'POST',
      headers,
      agent,
    });
    request.on('error', reject);
    request.on('response', (response) => {
      const reader = format.reader();
      const text = instruction.stamped ? stampedText(observer) : plainText();
      let rest = '';
      let previous = 0;
      response.setEncoding('utf8');
      response.on('data', (/** @type {string} */ received) => {
        const time = now();
        const all = rest + received;
        let from = 0;
        for (let end = all.indexOf('\n\n'); end !== -1; end = all.indexOf('\n\n', from)) {
          const content = reader.content(all.slice(from, end));
          from = end + 2;
          if (content === '') continue;
          if (previous === 0) observer.first(time - startedAt);
          else observer.gap(time - previous);
          previous = time;
          observer.event();
          text.add(content, time);
        }
        rest = all.slice(from);
      });
      response.on('error', reject);
      response.on('end', () => {
        const fault =
          response.statusCode === 200
            ? (text.fault(instruction.tokens) ?? reader.fault(text.length()))
            : `status ${response.statusCode}: ${rest}`;
        if (fault)
          return reject(new Error(`a wrong answer from ${target.path} on port ${target.port}: ${fault}`));
        if (!instruction.stamped) observer.tokens(instruction.tokens);
        resolve();
      });
    });
    request.end(body);
  });
}

function plainText() {
  let text = '';
  return {
    /** @param {string} content */
    add: (content) => {
      text += content;
    },
    length: () => text.length,
    /** @param {number} tokens */
    fault: (tokens) =>
      text === textOf(tokens)
        ? null
        : `its text differs (${text.length} of ${textOf(tokens).length} characters)`,
  };
}

/** @param {Observer} observer */
function stampedText(observer) {
  let rest = '';
  let count = 0;
  /** @type {string | null} */
  let fault = null;
  return {
    /** @param {string} content @param {number} time */
    add: (content, time) => {
      const all = rest + content;
      let from = 0;
      for (; from + STAMP_WIDTH <= all.length; from += STAMP_WIDTH) {
        const stamp = readStamp(all, from);
        if (stamp.index !== count++) fault ??= `token ${stamp.index} came where ${count - 1} was due`;
        observer.delay(time - stamp.time);
      }
      observer.tokens(from / STAMP_WIDTH);
      rest = all.slice(from);
    },
    length: () => count * STAMP_WIDTH + rest.length,
    /** @param {number} tokens */
    fault: (tokens) =>
      fault ?? (count === tokens && rest === '' ? null : `it had ${count} of ${tokens} tokens`),
  };
}
