import { isNativeError } from 'node:util/types';

/** The configuration is invalid. The message is one plain line: where, what was found, what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** The reason of a failure, as part of a sentence. */
export function reasonOf(error: unknown): string {
  return isNativeError(error) ? error.message : String(error);
}
