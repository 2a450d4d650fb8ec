// Parses the command line.

import { parseArgs } from 'node:util';

export const HELP = `npm run bench -- [options]

  --quick             less of everything: six minutes instead of fifteen
  --only a,b          only these scenarios
  --contenders a,b    only these of pipe, relay, service; without the pipe there is nothing to compare with
  --rounds n          rounds of each (default 3); the table shows medians
  --streams n         open streams in the scenario slow-streams (default 2000)
  --server "command"  measures this Node program instead of node dist/main.js
  --obfuscated        the upstream pads its chunks at random, as OpenAI does
  --json file         also writes every figure of every round to this file`;

/**
 * @typedef {object} Options
 * @property {boolean} quick
 * @property {boolean} obfuscated
 * @property {string[] | null} only
 * @property {string[] | null} contenders
 * @property {number} rounds
 * @property {number | null} streams
 * @property {string[] | null} server
 * @property {string | null} json
 */

/**
 * @param {string[]} args
 * @returns {Options | null} null: help was asked for
 * @throws {TypeError} for an unknown option or a bad number
 */
export function parseOptions(args) {
  const { values } = parseArgs({
    args,
    options: {
      help: { type: 'boolean', short: 'h', default: false },
      quick: { type: 'boolean', default: false },
      obfuscated: { type: 'boolean', default: false },
      only: { type: 'string' },
      contenders: { type: 'string' },
      rounds: { type: 'string', default: '3' },
      streams: { type: 'string' },
      server: { type: 'string' },
      json: { type: 'string' },
    },
  });
  if (values.help) return null;
  return {
    quick: values.quick,
    obfuscated: values.obfuscated,
    only: values.only?.split(',') ?? null,
    contenders: values.contenders?.split(',') ?? null,
    rounds: positive('--rounds', values.rounds),
    streams: values.streams === undefined ? null : positive('--streams', values.streams),
    server: values.server?.split(' ').filter(Boolean) ?? null,
    json: values.json ?? null,
  };
}

/** @param {string} option @param {string} text */
function positive(option, text) {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1)
    throw new TypeError(`${option} takes a whole number from 1, not "${text}"`);
  return number;
}
