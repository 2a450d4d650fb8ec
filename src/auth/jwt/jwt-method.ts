import { errors, type JWTVerifyOptions, jwtVerify } from 'jose';
import type { Logger } from 'pino';
import type { JwtSettings } from '../../config.ts';
import { ServiceError, UnauthenticatedError } from '../../errors.ts';
import type { CredentialMethod } from '../authenticate.ts';
import type { Principal } from '../principal.ts';
import { CLOCK_SKEW_S, digestOf, lastValidMs, principalOf } from './claims.ts';
import { IssuerKeys } from './issuer-keys.ts';
import { keySource } from './key-source.ts';
import { VerifiedTokens } from './verified-tokens.ts';

const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const MAX_LENGTH = 16 * 1024;

/** A token without `kid` may fit several keys; each one that is tried costs 0.2 ms. */
const MAX_TRIED_KEYS = 8;

/**
 * Accepts the tokens of an issuer (AUTH-4). Its keys are fetched at once; dispose of it to end fetching them. Throws a
 * ConfigError when `jwks` is a file that cannot be used.
 */
export function jwtMethod(settings: JwtSettings, logger: Logger): CredentialMethod & Disposable {
  return new JwtMethod(settings, logger);
}

class JwtMethod implements CredentialMethod, Disposable {
  readonly #verified = new VerifiedTokens();
  readonly #keys: IssuerKeys;
  readonly #options: JWTVerifyOptions;

  constructor(
    private readonly settings: JwtSettings,
    private readonly logger: Logger,
  ) {
    const { issuer, audience, algorithms, jwks } = settings;
    this.#options = {
      issuer,
      audience,
      algorithms: [...algorithms],
      clockTolerance: CLOCK_SKEW_S,
      requiredClaims: ['exp'],
    };
    this.#keys = new IssuerKeys(keySource(jwks), logger, () => this.#verified.clear());
  }

  recognizes(secret: string): boolean {
    return secret.length <= MAX_LENGTH && TOKEN.test(secret);
  }

  /** Throws AuthUnavailableError, and UnauthenticatedError for a genuine token that has expired. */
  async verify(token: string): Promise<Principal | null> {
    const digest = digestOf(token);
    const known = this.#verified.find(digest);
    if (known) return known;
    try {
      const payload = await this.#payloadOf(token);
      const principal = principalOf(payload, token, this.settings);
      this.#verified.add(digest, principal, lastValidMs(payload));
      return principal;
    } catch (error) {
      if (error instanceof ServiceError) throw error;
      // Errors of claims have the whole payload, which is personal data.
      const { code, claim } = error as Partial<errors.JWTClaimValidationFailed>;
      this.logger.debug({ code, claim }, 'refused a token');
      // Its signature is right: every client sends such a token now and then, which is no attempt to guess one.
      if (error instanceof errors.JWTExpired) throw new UnauthenticatedError(true);
      return null;
    }
  }

  [Symbol.dispose](): void {
    this.#keys[Symbol.dispose]();
  }

  async #payloadOf(token: string) {
    try {
      return (await jwtVerify(token, this.#keys.find, this.#options)).payload;
    } catch (error) {
      if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
      return this.#payloadByAnyOf(error, token);
    }
  }

  async #payloadByAnyOf(candidates: errors.JWKSMultipleMatchingKeys, token: string) {
    let tried = 0;
    for await (const key of candidates) {
      try {
        return (await jwtVerify(token, key, this.#options)).payload;
      } catch (error) {
        tried += 1;
        if (!(error instanceof errors.JWSSignatureVerificationFailed) || tried === MAX_TRIED_KEYS)
          throw error;
      }
    }
    throw candidates;
  }
}
