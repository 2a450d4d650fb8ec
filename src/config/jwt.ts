import { z } from 'zod';
import { ConfigError } from './error.ts';
import { snakeCase } from './table.ts';

/** Signatures by a private key only: `none` has no signature, and HS256 would make the public key the secret. */
const ALGORITHMS = [
  ...['RS256', 'RS384', 'RS512'],
  ...['PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512'],
  ...['EdDSA', 'Ed25519'],
] as const;

/** What a credential can allow: those of src/auth/principal.ts. */
export const SCOPES = ['chat', 'read', 'usage', 'admin'] as const;

const REQUIRED = ['issuer', 'audience', 'jwks'] as const;

const text = z.string('a text').trim();

const keySource = 'an https:// URL, an http:// URL of this machine, or the path of a file';

const shape = {
  issuer: text,
  audience: text,
  jwks: z.string(keySource).trim().refine(isKeySource, keySource),
  algorithms: z
    .array(z.enum(ALGORITHMS, `one of ${ALGORITHMS.join(', ')}`), 'a list of algorithms')
    .min(1, 'a list of at least one algorithm')
    .readonly(),
  userClaim: text.min(1, 'the name of a claim'),
  tenantClaim: text,
  scopesClaim: text,
  defaultScopes: z.array(z.enum(SCOPES, `one of ${SCOPES.join(', ')}`), 'a list of scopes').readonly(),
};

/** Which tokens are accepted, and what their claims mean (AUTH-4). */
export const jwt = z
  .strictObject(shape, `a section of ${Object.keys(shape).map(snakeCase).join(', ')}`)
  .readonly();

export type JwtSettings = z.output<typeof jwt>;

/** Throws a ConfigError when tokens are to be accepted, but a setting without a default is missing. */
export function checkJwt(methods: readonly string[], settings: JwtSettings): void {
  if (!methods.includes('jwt')) return;
  const missing = REQUIRED.filter((key) => settings[key] === '').map((key) => `jwt.${key}`);
  if (missing.length === 0) return;
  throw new ConfigError(
    `${missing.join(' and ')} must be set as well, because auth.methods names jwt; see docs/security.md.`,
  );
}

/** Whether keys are read from the network, and not from a file. */
export function isUrl(found: string): boolean {
  return /^[a-z][a-z\d+.-]*:\/\//i.test(found);
}

function isKeySource(found: string): boolean {
  if (!isUrl(found)) return !found.includes('\0');
  return isTrustedUrl(found);
}

/** Whether nobody on the way can replace what comes from there: it decides who comes in. */
export function isTrustedUrl(found: string): boolean {
  const url = URL.canParse(found) ? new URL(found) : null;
  if (!url || url.username || url.password || url.hash) return false;
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '[::1]' || /^127(\.\d+){3}$/.test(host);
}
