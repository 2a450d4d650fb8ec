import { createHash } from 'node:crypto';
import { errors, type JWTPayload } from 'jose';
import type { JwtSettings } from '../../config.ts';
import { DEFAULT_TENANT, type Principal, SCOPES, type Scope, TENANT } from '../principal.ts';

/** How far the clock of the issuer may differ from ours, in seconds (AUTH-4). */
export const CLOCK_SKEW_S = 30;

/** The last instant that a Date can have, in ms. */
const LAST_INSTANT_MS = 8.64e15;

/** Control characters, and halves of surrogate pairs. */
const UNUSABLE = /[\p{Cc}\p{Cs}]/u;

export type ClaimSettings = Pick<JwtSettings, 'userClaim' | 'tenantClaim' | 'scopesClaim' | 'defaultScopes'>;

/** The principal of a token whose signature and times are valid. Throws JWTClaimValidationFailed. */
export function principalOf(payload: JWTPayload, token: string, settings: ClaimSettings): Principal {
  const expiresAt = new Date(lastValidMs(payload));
  return {
    ...identityOf(payload, settings),
    keyId: null,
    credential: { kind: 'jwt', id: idOf(payload, token), expiresAt },
  };
}

/** Who the claims of an issuer are about, and what that user may do. Throws JWTClaimValidationFailed. */
export function identityOf(
  payload: JWTPayload,
  settings: ClaimSettings,
): Pick<Principal, 'userId' | 'tenantId' | 'scopes'> {
  const { userClaim, tenantClaim } = settings;
  const userId = claim(payload, userClaim);
  if (!isId(userId)) throw wrong(payload, userClaim);
  const tenantId = tenantClaim === '' ? DEFAULT_TENANT : claim(payload, tenantClaim);
  if (typeof tenantId !== 'string' || !TENANT.test(tenantId)) throw wrong(payload, tenantClaim);
  return { userId, tenantId, scopes: scopesOf(payload, settings) };
}

/** When a token stops being accepted, in ms since 1970. `payload`: with a number as `exp`. */
export function lastValidMs({ exp = 0 }: JWTPayload): number {
  return Math.min((exp + CLOCK_SKEW_S) * 1000, LAST_INSTANT_MS);
}

/** SHA-256 of a token, which stands for it wherever the token itself must not be kept. */
export function digestOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}

/** A claim that exists, but has none of our scopes, grants nothing: only without the claim the default counts. */
function scopesOf(payload: JWTPayload, { scopesClaim, defaultScopes }: ClaimSettings): readonly Scope[] {
  const value = scopesClaim === '' ? undefined : claim(payload, scopesClaim);
  if (value === undefined) return defaultScopes;
  const granted: unknown = typeof value === 'string' ? value.split(' ') : value;
  if (!Array.isArray(granted)) throw wrong(payload, scopesClaim);
  return SCOPES.filter((scope) => granted.includes(scope));
}

/** Stands for a token in the audit log. */
export function idOf(payload: JWTPayload, token: string): string {
  const { jti } = payload;
  return isId(jti) ? jti : digestOf(token).slice(0, 22);
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value.length >= 1 && value.length <= 256 && !UNUSABLE.test(value);
}

function claim(payload: JWTPayload, name: string): unknown {
  return Object.hasOwn(payload, name) ? payload[name] : undefined;
}

function wrong(payload: JWTPayload, name: string): errors.JWTClaimValidationFailed {
  return new errors.JWTClaimValidationFailed(`the claim "${name}" cannot be used`, payload, name, 'invalid');
}
