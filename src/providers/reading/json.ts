import { excerpt, notAnAnswer } from './not-an-answer.ts';

/** Up to this length parsing is always fast, whatever the contents. */
const ALWAYS_PARSED = 256 * 1024;

/**
 * Maximum number of values in one event. A megabyte of text is one value, parsed in a millisecond; a megabyte of
 * `{},{},…` has a third of a million values and takes a hundred milliseconds. Real chunks and answers have less than a
 * thousandth of this number.
 */
const MOST_VALUES = 50_000;

/** Parses JSON. Throws a ProviderError with an excerpt of what is not JSON. */
export function parseJson(data: string): unknown {
  if (data.length > ALWAYS_PARSED && mayHaveTooManyValues(data) && hasTooManyValues(data)) {
    throw notAnAnswer(`An event has more than ${MOST_VALUES} values: ${excerpt(data)}`);
  }
  try {
    return JSON.parse(data);
  } catch (cause) {
    throw notAnAnswer(`Not JSON: ${excerpt(data)}`, cause);
  }
}

/** Counts these characters also within strings, which is much faster, and sufficient in nearly all cases. */
function mayHaveTooManyValues(json: string): boolean {
  let values = 0;
  for (const mark of ['{', '[', ',']) {
    for (let at = json.indexOf(mark); at !== -1; at = json.indexOf(mark, at + 1)) {
      values += 1;
      if (values > MOST_VALUES) return true;
    }
  }
  return false;
}

const QUOTE = 34;
const COMMA = 44;
const BACKSLASH = 92;
const OPENING_BRACKET = 91;
const OPENING_BRACE = 123;

/** Counts characters that start or separate values, outside of strings. */
function hasTooManyValues(json: string): boolean {
  let values = 0;
  for (let index = 0; index < json.length; index += 1) {
    const code = json.charCodeAt(index);
    if (code === QUOTE) {
      index = endOfText(json, index + 1);
    } else if (code === COMMA || code === OPENING_BRACE || code === OPENING_BRACKET) {
      values += 1;
      if (values > MOST_VALUES) return true;
    }
  }
  return false;
}

/** The index of the closing quote of the string that begins at `start`. */
function endOfText(json: string, start: number): number {
  for (let quote = json.indexOf('"', start); quote !== -1; quote = json.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (quote - backslashes > start && json.charCodeAt(quote - backslashes - 1) === BACKSLASH)
      backslashes += 1;
    if (backslashes % 2 === 0) return quote;
  }
  return json.length;
}
