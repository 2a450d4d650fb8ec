// Azure's chunks, with all the content-filter results that Azure repeats in each. About 600 bytes for a token of 5;
// keys in Azure's order.

import { randomBytes } from 'node:crypto';
import { tokenAt } from './answer.js';

const SAFE = { filtered: false, severity: 'safe' };
const FILTERS = { hate: SAFE, self_harm: SAFE, sexual: SAFE, violence: SAFE };
const PROTECTED = { detected: false, filtered: false };
const RESULTS = { ...FILTERS, protected_material_code: PROTECTED, protected_material_text: PROTECTED };
const ID_LENGTH = 'chatcmpl-'.length + 29;
const PLACEHOLDER = `chatcmpl-${'_'.repeat(ID_LENGTH - 'chatcmpl-'.length)}`;
const PADDING = 'k3JxW9qTzB5mRf';

/** A new completion id, of constant length. */
export const completionId = () => `chatcmpl-${randomBytes(22).toString('base64url').slice(0, 29)}`;

/**
 * @param {string} id
 * @param {object[]} choices
 * @param {object} [extra]
 */
const event = (id, choices, extra) =>
  `data: ${JSON.stringify({
    choices,
    created: 1_763_700_000,
    id,
    model: 'gpt-4o-2024-11-20',
    object: 'chat.completion.chunk',
    system_fingerprint: 'fp_b705f0c291',
    usage: null,
    ...extra,
  })}\n\n`;

/**
 * One token's chunk.
 * @param {string} id
 * @param {string} content
 * @param {number | null} padding length of the obfuscation, null for none
 */
function token(id, content, padding) {
  const choice = {
    content_filter_results: RESULTS,
    delta: { content },
    finish_reason: null,
    index: 0,
    logprobs: null,
  };
  return event(id, [choice], padding === null ? {} : { obfuscation: PADDING.slice(0, padding) });
}

/**
 * Chunks before the first token: the prompt's filter results (with empty id and model), then the role. @param {string}
 * id
 */
export const opening = (id) =>
  event('', [], {
    created: 0,
    model: '',
    object: '',
    prompt_filter_results: [{ prompt_index: 0, content_filter_results: FILTERS }],
  }) +
  event(id, [
    {
      content_filter_results: {},
      delta: { content: '', refusal: null, role: 'assistant' },
      finish_reason: null,
      index: 0,
      logprobs: null,
    },
  ]);

/**
 * Chunks after the last token.
 * @param {string} id
 * @param {number} tokens
 */
export const closing = (id, tokens) =>
  event(id, [{ content_filter_results: {}, delta: {}, finish_reason: 'stop', index: 0, logprobs: null }]) +
  event(id, [], { usage: { completion_tokens: tokens, prompt_tokens: 20, total_tokens: tokens + 20 } }) +
  'data: [DONE]\n\n';

/**
 * Padding of the token at `index`, of varying length like the original. @param {number} index @param {boolean}
 * obfuscated
 */
const paddingAt = (index, obfuscated) => (obfuscated ? 1 + ((index * 5) % PADDING.length) : null);

/** @type {Map<string, { bytes: Buffer, ends: number[], ids: number[] }>} */
const templates = new Map();

/**
 * @param {number} tokens
 * @param {boolean} obfuscated
 */
function template(tokens, obfuscated) {
  const key = `${tokens} ${obfuscated}`;
  const known = templates.get(key);
  if (known) return known;
  const parts = [];
  const ends = [];
  const ids = [];
  let length = 0;
  for (let index = 0; index < tokens; index++) {
    const part = Buffer.from(token(PLACEHOLDER, tokenAt(index), paddingAt(index, obfuscated)));
    ids.push(length + part.indexOf(PLACEHOLDER));
    length += part.length;
    ends.push(length);
    parts.push(part);
  }
  const made = { bytes: Buffer.concat(parts), ends, ids };
  templates.set(key, made);
  return made;
}

/**
 * The chunks of a whole answer. They are built once; each answer gets a copy with its own id, because a constant id
 * would favour servers that learn the shape of a chunk.
 * @param {string} id
 * @param {number} tokens
 * @param {boolean} obfuscated
 * @returns {Buffer[]}
 */
export function wordChunks(id, tokens, obfuscated) {
  const { bytes, ends, ids } = template(tokens, obfuscated);
  const copy = Buffer.from(bytes);
  for (const offset of ids) copy.write(id, offset, ID_LENGTH, 'latin1');
  return ends.map((end, index) => copy.subarray(index === 0 ? 0 : ends[index - 1], end));
}

/**
 * Makes chunks whose content is known only when they are written: ASCII without escapes.
 * @param {string} id
 * @param {boolean} obfuscated
 * @returns {(content: string, index: number) => string}
 */
export function chunkMaker(id, obfuscated) {
  const [before, after] = token(id, '%', null).split('%');
  const unpadded = after.slice(0, after.lastIndexOf('}'));
  if (!obfuscated) return (content) => before + content + after;
  return (content, index) =>
    `${before}${content}${unpadded},"obfuscation":"${PADDING.slice(0, paddingAt(index, true) ?? 0)}"}\n\n`;
}
