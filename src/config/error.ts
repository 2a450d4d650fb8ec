import { isNativeError } from 'node:util/types';

/** The configuration cannot be used. The message is one plain line: where, what was found, what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Why reading or parsing failed, for a sentence. */
export function reasonOf(error: unknown): string {
  return isNativeError(error) ? error.message : String(error);
}
