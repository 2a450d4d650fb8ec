import { countTokens as count } from 'gpt-tokenizer/encoding/o200k_base';

/** Byte-pair encoding is quadratic in the length of a word, so nobody's text is encoded in one go. */
const SLICE_CHARS = 1024;
const SLICE_MS = 4;

/** Names of control tokens in a text are text: without this the tokenizer throws at `<|endoftext|>`. */
const PLAIN = { disallowedSpecial: new Set<string>() };

/**
 * Tokens of a text in the o200k encoding, that of OpenAI's models since gpt-4o; for other models an approximation. Short
 * texts are counted at once; long ones in slices, which can add a token a slice, with the event loop running in between.
 */
export function countTokens(text: string): number | Promise<number> {
  return text.length <= SLICE_CHARS ? count(text, PLAIN) : countInSlices(text);
}

async function countInSlices(text: string): Promise<number> {
  let tokens = 0;
  let since = performance.now();
  for (let start = 0; start < text.length; start += SLICE_CHARS) {
    tokens += count(text.slice(start, start + SLICE_CHARS), PLAIN);
    if (performance.now() - since < SLICE_MS) continue;
    await new Promise(setImmediate);
    since = performance.now();
  }
  return tokens;
}
