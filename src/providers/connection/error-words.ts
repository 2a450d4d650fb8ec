/** The contents of an error body of any shape. */
export interface ErrorWords {
  /** The provider's names for the error, the most precise one first. */
  names: readonly string[];
  /** For people; may be empty. */
  message: string;
}

/** Limits for nesting, list items and message length (UTF-16 units). */
const MOST_DEPTH = 8;
const MOST_ITEMS = 20;
const MOST_CHARS = 2_000;

/**
 * Reads a body: JSON in any of the shapes that providers, gateways and frameworks use, or plain text.
 * `{error: {message, code, type}}`, `{error: "…"}`, `{message}`, `{detail: "…" | [{loc, msg}]}`, `[{error: …}]`, …
 */
export function wordsOfBody(text: string): ErrorWords {
  const plain = text.trim();
  if (/^[[{"]/.test(plain)) {
    try {
      const words = wordsOf(JSON.parse(plain));
      if (words.message !== '') return words;
      return { ...words, message: plain.slice(0, MOST_CHARS) };
    } catch {
      // Truncated, or not JSON: the beginning is shown as text.
    }
  }
  return { names: [], message: plain.slice(0, MOST_CHARS) };
}

export function wordsOf(error: unknown): ErrorWords {
  return { names: namesIn(error, 0), message: messageIn(error, 0).slice(0, MOST_CHARS) };
}

/** Fields with nested errors. */
const NESTED = ['error', 'innererror', 'errors', 'details', 'detail', 'fault'] as const;

function namesIn(error: unknown, depth: number): string[] {
  if (depth > MOST_DEPTH) return [];
  if (Array.isArray(error)) {
    return error
      .slice(0, MOST_ITEMS)
      .filter(isObject)
      .flatMap((item) => namesIn(item, depth + 1));
  }
  const found = propertiesOf(error);
  const { code, type, status, reason, error_type, error_code, errorcode, metadata } = found;
  const { statusCode, status_code } = found;
  const own = [code, type, error_code, errorcode, error_type, status, reason, statusCode, status_code]
    .filter(isName)
    .map(String);
  // `{"error": "rate_limit_exceeded"}`: a name, not a sentence.
  const short = typeof found.error === 'string' && /^\w{1,64}$/.test(found.error) ? [found.error] : [];
  // OpenRouter's moderation has no code but this.
  const moderated = 'flagged_input' in propertiesOf(metadata) ? ['content_filter'] : [];
  const nested = NESTED.map((key) => found[key]).filter(isObject);
  return [...moderated, ...own, ...short, ...nested.flatMap((inner) => namesIn(inner, depth + 1))];
}

/** Fields with messages, in the order in which they are joined. */
const SAID = [
  'error',
  'title',
  'message',
  'Message',
  'msg',
  'faultstring',
  'error_message',
  'error_msg',
  'status_msg',
  'error_description',
  'detail',
  'errors',
  'fault',
] as const;

function messageIn(error: unknown, depth: number): string {
  if (typeof error === 'string') return error.trim();
  if (!isObject(error) || depth > MOST_DEPTH) return '';
  if (Array.isArray(error)) {
    const items = error.slice(0, MOST_ITEMS).map((item) => messageIn(item, depth + 1));
    return items.filter((item) => item !== '').join('; ');
  }
  const found = propertiesOf(error);
  const said = SAID.map((key) => messageIn(found[key], depth + 1)).filter((sentence) => sentence !== '');
  const { raw } = propertiesOf(found.metadata);
  // OpenRouter: the message of the underlying provider.
  if (typeof raw === 'string') said.push(raw);
  // FastAPI and other validators: the invalid field.
  if (said.length > 0 && Array.isArray(found.loc)) said.unshift(found.loc.filter(isName).join('.'));
  return [...new Set(said)].join(': ');
}

function isName(value: unknown): value is string | number {
  return (typeof value === 'string' && value !== '') || typeof value === 'number';
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function propertiesOf(value: unknown): Record<string, unknown> {
  // The relevant values are own properties of errors.
  return isObject(value) ? { ...value } : {};
}
