import { type Fields, fieldsOf, listOf, textOf } from '../reading/fields.ts';
import { wordsOf } from './error-words.ts';

// Shapes of errors of providers and gateways: `{error: {message, code}}`, `{error: "…"}`,
// `[{error: …}]`, `{object: "error", message, code}`, `{message, code}`, `{detail: …}`, `{errors: […]}`, `{base_resp:
// …}`.

/** Field names of errors, the most common ones first. */
interface ErrorFields {
  error: unknown;
  errors: unknown;
  code: unknown;
  error_code: unknown;
  status: unknown;
  status_code: unknown;
  statusCode: unknown;
  type: unknown;
  object: unknown;
  base_resp: unknown;
  choices: unknown;
}

/**
 * The error in an event or a body; null: it is not an error. `whole`: the value is the complete response, so that a
 * message without other fields is an error, too.
 */
export function errorIn(value: unknown, { whole = false } = {}): unknown {
  if (Array.isArray(value)) return whole && value.length > 0 ? errorIn(value[0], { whole }) : null;
  const fields = fieldsOf<ErrorFields>(value);
  if (saysSomething(fields.error)) return isFlag(fields.error) && !saysWords(value) ? null : value;
  if (fields.type === 'error' || fields.object === 'error') return value;
  if (listOf(fields.choices).length > 0) return null;
  if (saysSomething(listOf(fields.errors)[0])) return value;
  const { status_code } = fieldsOf<ErrorFields>(fields.base_resp);
  if (typeof status_code === 'number' && status_code !== 0) return fields.base_resp;
  return (whole || hasErrorCode(fields)) && saysWords(fields) ? value : null;
}

/** Some providers send `error: {}`, `error: ""` or `error: {code: null}` without an error. */
function saysSomething(error: unknown): boolean {
  if (Array.isArray(error)) return error.some(saysSomething);
  if (typeof error !== 'object' || error === null) {
    return typeof error === 'string' ? error.trim() !== '' : Boolean(error);
  }
  return Object.values(error).some((part) => part !== null && part !== '' && part !== 0 && part !== false);
}

function saysWords(error: unknown): boolean {
  return wordsOf(error).message !== '';
}

/** `{error: true, message: "…"}`; a flag without a message is not an error. */
function isFlag(error: unknown): boolean {
  return typeof error === 'boolean' || typeof error === 'number';
}

function hasErrorCode({ code, error_code, status, status_code, statusCode, type }: Fields<ErrorFields>) {
  if ([code, error_code, status, status_code, statusCode].some(isErrorStatus)) return true;
  // An event with a type is of that type, not an error.
  if (!type && [code, error_code].some((name) => /[a-z]/i.test(textOf(name)))) return true;
  return [status, type].some((name) => /(error|failed)$/i.test(textOf(name)));
}

function isErrorStatus(code: unknown): boolean {
  const status = typeof code === 'string' || typeof code === 'number' ? Number(code) : 0;
  return status >= 400 && status < 600;
}
