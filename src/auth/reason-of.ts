import { isNativeError } from 'node:util/types';

/** Why something failed, on one line: that of its cause, which `fetch` hides behind "fetch failed". */
export function reasonOf(error: unknown): string {
  if (!isNativeError(error)) return String(error);
  if (isNativeError(error.cause)) return reasonOf(error.cause);
  return error.message || ('code' in error ? String(error.code) : error.name);
}
