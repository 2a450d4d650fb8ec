import type { IncomingMessage } from 'node:http';
import { InvalidRequestError } from '../errors.ts';

/** Longer ones are refused unread: keys have 60 characters, tokens rarely more than 2,000. */
const MAX_LENGTH = 16 * 1024;

/** RFC 6750, 2.1: the name of the scheme is case-insensitive. */
const BEARER = /^bearer +(?<secret>[\x21-\x7e]+) *$/i;

/**
 * The secret that a request presents, in `Authorization: Bearer`, `api-key` (clients of Azure) or `x-api-key` (clients
 * of Anthropic). Null: none. Two of them are accepted if they are equal, because some clients send both. Throws
 * InvalidRequestError for different ones, and for one that is too long.
 */
export function presentedSecret({ headersDistinct }: IncomingMessage): string | null {
  const secrets = new Set<string>();
  for (const value of headersDistinct.authorization ?? [])
    secrets.add(BEARER.exec(value)?.groups?.secret ?? '');
  for (const name of ['api-key', 'x-api-key']) {
    for (const value of headersDistinct[name] ?? []) secrets.add(value.trim());
  }
  const [secret = null, ...others] = secrets;
  if (others.length > 0)
    throw InvalidRequestError.field('Authorization', 'has another credential than another header');
  if (secret !== null && secret.length > MAX_LENGTH) {
    throw InvalidRequestError.field('Authorization', `must have at most ${MAX_LENGTH} characters`);
  }
  return secret;
}
