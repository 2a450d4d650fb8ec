import { hash, randomBytes } from 'node:crypto';

/** For programs that look for leaked secrets in texts. */
const PREFIX = 'lsh_';

const TOKEN = new RegExp(`^${PREFIX}[\\w-]{43}$`);

/** Of ids of shares, which are not secret. */
export const SHARE_ID = /^[\w-]{16}$/;

export function createShareId(): string {
  return randomBytes(12).toString('base64url');
}

/** 256 random bits, in characters that need no escaping in URLs; 47 characters. */
export function createShareToken(): string {
  return `${PREFIX}${randomBytes(32).toString('base64url')}`;
}

/** What is stored of a token. It cannot be guessed, so the hash need not be slow. Null: it is malformed. */
export function hashOfShareToken(token: string): string | null {
  return TOKEN.test(token) ? hash('sha256', token, 'hex') : null;
}
