import { ConfigError } from './error.ts';

/** Environment variables by name. An empty one counts as absent. */
export type Variables = Readonly<Record<string, string | undefined>>;

/** Checks a key, which is sent in a header and never printed. Throws a ConfigError when it cannot be one. */
export function secret(variable: string, found: string): string {
  if (/^[\x21-\x7e]+$/.test(found)) return found;
  throw new ConfigError(`${variable} has spaces or other characters that a key cannot have.`);
}

/** Checks the URL of a provider and cuts slashes at its end. Throws a ConfigError that shows an example. */
export function address(variable: string, found: string, example: string): string {
  const url = /^https?:\/\//.test(found) && URL.canParse(found) ? new URL(found) : null;
  if (url && !url.search && !url.hash && !url.username) return found.replace(/(?<!\/)\/+$/, '');
  throw new ConfigError(`${variable} is not an address; allowed is one such as ${example}.`);
}
