/** The configuration cannot be used. The message is one plain line: where, what was found, what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
