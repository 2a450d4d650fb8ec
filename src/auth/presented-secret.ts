import type { IncomingMessage } from 'node:http';
import { InvalidRequestError } from '../errors.ts';

/** Longer ones are refused unread: keys have 60 characters, tokens rarely more than 2,000. */
const MAX_LENGTH = 16 * 1024;

/** RFC 6750, 2.1: the name of the scheme is case-insensitive. */
const BEARER = /^bearer +(?<secret>[\x21-\x7e]+) *$/i;

const AUTHORIZATION = 'authorization';
const NAMES = new Set([AUTHORIZATION, 'api-key', 'x-api-key']);

/**
 * The secret that a request presents, in `Authorization: Bearer`, `api-key` (clients of Azure) or `x-api-key` (clients
 * of Anthropic). Null: none. Two of them are accepted if they are equal, because some clients send both. Throws
 * InvalidRequestError for different ones, and for one that is too long.
 */
export function presentedSecret({ rawHeaders }: IncomingMessage): string | null {
  let secret: string | null = null;
  // Node's own objects of headers drop all but the first `Authorization`, or are made of all headers at once.
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const given = secretIn(rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '');
    if (given !== null && secret !== null && given !== secret)
      throw InvalidRequestError.field('Authorization', 'has another credential than another header');
    secret ??= given;
  }
  if (secret !== null && secret.length > MAX_LENGTH) {
    throw InvalidRequestError.field('Authorization', `must have at most ${MAX_LENGTH} characters`);
  }
  return secret;
}

/** Null: this header has none. An `Authorization` of another scheme has an empty one. */
function secretIn(name: string, value: string): string | null {
  if (!NAMES.has(name.toLowerCase())) return null;
  return name.length === AUTHORIZATION.length ? (BEARER.exec(value)?.groups?.secret ?? '') : value.trim();
}
