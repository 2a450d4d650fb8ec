import { countTokens as count, setMergeCacheSize } from 'gpt-tokenizer/encoding/o200k_base';
import { TimeSlices } from './time-slices.ts';

/** The tokenizer takes quadratic time in the length of a word, so texts are encoded in slices. */
const SLICE_CHARS = 512;
const SLICE_MS = 4;

/** In each window of this length, short texts are counted synchronously for at most SLICE_MS, and then in slices. */
const WINDOW_MS = 20;

/** Names of control tokens are counted as plain text: without this the tokenizer throws at `<|endoftext|>`. */
const PLAIN = { disallowedSpecial: new Set<string>() };

/** Words whose tokens are cached: enough for a language, and a few megabytes when the words are long. */
setMergeCacheSize(10_000);

const slices = new TimeSlices();
let windowStart = 0;
let spentMs = 0;

/**
 * Tokens of a text in the o200k encoding, that of OpenAI's models since gpt-4o; for other models an approximation.
 * Short texts are counted synchronously. Long ones are counted in slices, with the event loop running in between; each
 * slice can add a token to the exact number.
 */
export function countTokens(text: string): number | Promise<number> {
  const now = performance.now();
  if (now - windowStart > WINDOW_MS) {
    windowStart = now;
    spentMs = 0;
  }
  if (text.length > SLICE_CHARS || spentMs > SLICE_MS) return countInSlices(text);
  const tokens = countSlice(text);
  spentMs += performance.now() - now;
  return tokens;
}

async function countInSlices(text: string): Promise<number> {
  let tokens = 0;
  let since = Number.NEGATIVE_INFINITY;
  for (let start = 0; start < text.length; start += SLICE_CHARS) {
    if (performance.now() - since > SLICE_MS) {
      await slices.next();
      since = performance.now();
    }
    tokens += countSlice(text.slice(start, start + SLICE_CHARS));
  }
  return tokens;
}

/** Counts a copy: the tokenizer caches words, and V8 would keep the whole text that a word was cut from. */
function countSlice(text: string): number {
  return count(Buffer.from(text, 'utf16le').toString('utf16le'), PLAIN);
}
