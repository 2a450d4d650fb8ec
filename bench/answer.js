// The instruction to the simulated Azure and the resulting text. Both ends know it, so that the load generator can
// check every character of every answer.

import { now } from './clock.js';

/**
 * Sent as the text of the last user message, so that every server passes it on unchanged.
 * @typedef {object} Instruction
 * @property {number} tokens how many tokens the answer has
 * @property {number} delay milliseconds between two tokens; 0: as fast as the socket takes them
 * @property {boolean} [stamped] each token carries the time of its writing instead of a word
 * @property {boolean} [obfuscated] chunks end in random padding, as OpenAI sends it against traffic analysis
 */

// Some tokens have escapes and characters beyond ASCII: they are rare in answers, but servers must handle them.
const WORDS = [
  ...[' the', ' answer', ' of', ' a', ' model', ' comes', ' in', ' small', ' pieces', ',', ' and', ' each'],
  ...[
    ' piece',
    ' is',
    ' wrapped',
    ' in',
    ' far',
    ' more',
    ' JSON',
    ' than',
    ' it',
    ' has',
    ' text',
    '.',
    '\n\n',
  ],
  ...[
    '##',
    ' Why',
    ' "',
    'token',
    '"',
    ' costs',
    ' so',
    ' much',
    ':',
    '\n',
    '-',
    ' pars',
    'ing',
    ';',
    '\n',
    '-',
  ],
  ...[
    ' system',
    ' calls',
    ';',
    '\n',
    '-',
    ' größere',
    ' St',
    'üc',
    'ke',
    ' 🙂',
    ' arrive',
    ' to',
    'gether',
    '.',
  ],
];

/** The token at `index` (from 0) of an answer without stamps. @param {number} index */
export const tokenAt = (index) => WORDS[index % WORDS.length];

/** @type {Map<number, string>} */
const texts = new Map();

/** The whole text of an answer of `count` tokens without stamps. @param {number} count */
export function textOf(count) {
  const text = texts.get(count) ?? Array.from({ length: count }, (_, index) => tokenAt(index)).join('');
  texts.set(count, text);
  return text;
}

const INDEX_WIDTH = 5;
const TIME_WIDTH = 16;
/** Characters of a stamped token: index, "@", time in milliseconds, a space. */
export const STAMP_WIDTH = INDEX_WIDTH + 1 + TIME_WIDTH + 1;

/** A token with its index and the time of its writing; ASCII without escapes. @param {number} index */
export const stampedTokenAt = (index) =>
  `${String(index).padStart(INDEX_WIDTH, '0')}@${now().toFixed(3).padStart(TIME_WIDTH, '0')} `;

/**
 * Reads the stamped token that starts at `from`.
 * @param {string} text
 * @param {number} from
 * @returns {{ index: number, time: number }}
 */
export function readStamp(text, from) {
  const time = from + INDEX_WIDTH + 1;
  return {
    index: Number(text.slice(from, from + INDEX_WIDTH)),
    time: Number(text.slice(time, time + TIME_WIDTH)),
  };
}
