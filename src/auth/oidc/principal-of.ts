import type { JWTPayload } from 'jose';
import type { OidcSettings } from '../../config.ts';
import { asPlainLine } from '../../text/plain-line.ts';
import { identityOf, idOf } from '../jwt/claims.ts';
import type { Principal } from '../principal.ts';
import type { Claims } from './identity-provider.ts';

/** Characters of a name that are kept. */
const MAX_NAME = 100;

/** The user of these claims. `idToken`: the token that they came with. Throws JWTClaimValidationFailed of jose. */
export function principalOf(claims: Claims, idToken: string, settings: OidcSettings): Principal {
  const payload: JWTPayload = { ...claims };
  const identity = identityOf(payload, settings);
  const name = nameIn(claims[settings.nameClaim]) || identity.userId;
  return {
    ...identity,
    keyId: null,
    name,
    credential: { kind: 'oidc', id: idOf(payload, idToken), expiresAt: null },
  };
}

/** Users can often choose it, so it may be anything. */
function nameIn(claim: unknown): string {
  if (typeof claim !== 'string') return '';
  return [...asPlainLine(claim.replace(/\p{Cs}/gu, ''))].slice(0, MAX_NAME).join('');
}
