/** Longer texts are shown as received: formatting them with each token would block the page. UTF-16 units. */
const LONGEST = 256 * 1024;
const INDENT = '  ';

/**
 * Whether an answer is JSON, to be told from its first characters: an object, or a list of objects or texts. Markdown
 * does not begin like this; `[a link](…)` and `[1]` do not count.
 */
export function isJsonText(text: string): boolean {
  return /^\s*(?:\{\s*["}]|\[\s*[{"])/.test(text);
}

/**
 * JSON with a line for each entry, also while it is being written. It is laid out, not parsed and written anew: numbers
 * and texts stay as the model wrote them.
 */
export function laidOut(json: string): string {
  if (json.length > LONGEST) return json;
  let out = '';
  let depth = 0;
  /** What stands before the next entry; an empty object or list needs none. */
  let opening = false;
  const line = () => `\n${INDENT.repeat(depth)}`;
  for (const [token] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"?|[[\]{}:,]|\s+|[^\s"[\]{}:,]+/gsu)) {
    if (/^\s/.test(token)) continue;
    const isClosing = token === '}' || token === ']';
    if (isClosing) depth = Math.max(0, depth - 1);
    if (opening !== isClosing) out += line();
    opening = token === '{' || token === '[';
    if (opening) depth += 1;
    out += token;
    if (token === ':') out += ' ';
    if (token === ',') out += line();
  }
  return out;
}
