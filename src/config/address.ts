import { ConfigError } from './error.ts';

/** Where a provider is, without a slash at its end. Throws a ConfigError that shows how one looks. */
export function address(variable: string, found: string, example: string): string {
  const url = /^https?:\/\//.test(found) && URL.canParse(found) ? new URL(found) : null;
  if (url && !url.search && !url.hash && !url.username) return found.replace(/\/+$/, '');
  throw new ConfigError(`${variable} is not an address; allowed is one such as ${example}.`);
}
