import { z } from 'zod';
import { ConfigError } from './error.ts';
import { isTrustedUrl, SCOPES } from './jwt.ts';
import { snakeCase } from './table.ts';
import { secret, type Variables } from './variables.ts';

const REQUIRED = ['issuer', 'clientId'] as const;

const text = z.string('a text').trim();

const url = 'an https:// URL, or an http:// URL of this machine';

const requestedScopes = 'names with spaces between, openid among them';

const shape = {
  issuer: text.refine((found) => found === '' || isTrustedUrl(found), url),
  clientId: text,
  clientAuth: z.enum(['basic', 'post'], 'one of basic, post'),
  providerName: text.max(60, 'at most 60 characters'),
  scopes: text.refine((found) => found.split(' ').includes('openid'), requestedScopes),
  userClaim: text.min(1, 'the name of a claim'),
  nameClaim: text,
  tenantClaim: text,
  scopesClaim: text,
  defaultScopes: z.array(z.enum(SCOPES, `one of ${SCOPES.join(', ')}`), 'a list of scopes').readonly(),
};

/** How users sign in at an identity provider with OpenID Connect, and what its claims mean (AUTH-5). */
export const oidc = z
  .strictObject(shape, `a section of ${Object.keys(shape).map(snakeCase).join(', ')}`)
  .readonly();

export type OidcSettings = z.output<typeof oidc>;

/**
 * Throws a ConfigError when users are to sign in with OpenID Connect, but a setting without a default is missing.
 */
export function checkOidc(methods: readonly string[], settings: OidcSettings, publicOrigin: string): void {
  if (!methods.includes('oidc')) return;
  const missing = [
    ...REQUIRED.filter((key) => settings[key] === '').map((key) => `oidc.${snakeCase(key)}`),
    ...(publicOrigin === '' ? ['server.public_origin'] : []),
  ];
  if (missing.length === 0) return;
  throw new ConfigError(
    `${missing.join(' and ')} must be set as well, because auth.methods names oidc; see docs/security.md.`,
  );
}

/** The secret that the identity provider has given to this server. Null: it knows the server by its address only. */
export function oidcSecretOf({ OIDC_CLIENT_SECRET: found }: Variables): string | null {
  const given = found?.trim();
  return given ? secret('OIDC_CLIENT_SECRET', given) : null;
}
