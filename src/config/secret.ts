import { ConfigError } from './error.ts';

/** A key travels in a header. It is never printed. Throws a ConfigError when it cannot be one. */
export function secret(variable: string, found: string): string {
  if (/^[\x21-\x7e]+$/.test(found)) return found;
  throw new ConfigError(`${variable} has spaces or other characters that a key cannot have.`);
}
