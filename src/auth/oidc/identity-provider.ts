import {
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type ClientAuth,
  ClientSecretBasic,
  ClientSecretPost,
  type Configuration,
  calculatePKCECodeChallenge,
  clockTolerance,
  customFetch,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  None,
} from 'openid-client';
import type { OidcSettings } from '../../config.ts';
import { AuthUnavailableError } from '../../errors.ts';
import { CLOCK_SKEW_S } from '../jwt/claims.ts';
import { boundedFetch } from './bounded-fetch.ts';
import { SignInFailure } from './sign-in-failure.ts';

/** Of one request to the provider. */
const TIMEOUT_S = 5;

/** How long what the provider says of itself is believed. In ms. */
const REFRESH_MS = 60 * 60 * 1000;

/** After a failure the provider is left alone for this long. In ms. */
const COOLDOWN_MS = 2_000;

/** What connects the two requests of a sign-in. */
export interface Checks {
  readonly state: string;
  readonly nonce: string;
  /** Of PKCE. */
  readonly verifier: string;
}

/** What the provider says of a user. */
export type Claims = Readonly<Record<string, unknown>>;

/** The identity provider, as this server asks it. It is found at the first sign-in, so that it may start later. */
export class IdentityProvider {
  #known: Configuration | null = null;
  #finding: Promise<Configuration> | null = null;
  /** Of the last attempt to find it, on the clock of performance.now(). */
  #askedAt = Number.NEGATIVE_INFINITY;
  #failure: AuthUnavailableError | null = null;

  /** `redirectUri`: where it sends browsers back to. */
  constructor(
    private readonly settings: OidcSettings,
    private readonly secret: string | null,
    private readonly redirectUri: string,
  ) {}

  /** Where a browser is sent to sign in. Throws AuthUnavailableError. */
  async signInUrl({ state, nonce, verifier }: Checks): Promise<string> {
    const url = buildAuthorizationUrl(await this.#configuration(), {
      redirect_uri: this.redirectUri,
      scope: this.settings.scopes,
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return url.href;
  }

  /**
   * What the provider says of the user whom it has sent back with this query (`?code=…`), and the token in which it
   * does. Throws AuthUnavailableError, and the errors of openid-client and of `fetch`, as `SignInFailure.from` reads
   * them.
   */
  async claims(query: string, checks: Checks): Promise<{ claims: Claims; idToken: string }> {
    const configuration = await this.#configuration();
    const url = new URL(this.redirectUri);
    url.search = query;
    const tokens = await authorizationCodeGrant(configuration, url, {
      expectedState: checks.state,
      expectedNonce: checks.nonce,
      pkceCodeVerifier: checks.verifier,
      idTokenExpected: true,
    });
    const { id_token: idToken, access_token: accessToken } = tokens;
    const claims = tokens.claims();
    if (!claims || idToken === undefined) throw new SignInFailure('refused', 'no_id_token');
    const { userinfo_endpoint: more } = configuration.serverMetadata();
    const isComplete = this.#wanted().every((name) => Object.hasOwn(claims, name));
    if (isComplete || more === undefined) return { claims, idToken };
    // Some providers have only the user's id in the token (OpenID Connect Core, 5.4).
    const others = await fetchUserInfo(configuration, accessToken, claims.sub);
    return { claims: { ...others, ...claims }, idToken };
  }

  #wanted(): string[] {
    const { userClaim, nameClaim, tenantClaim, scopesClaim } = this.settings;
    return [userClaim, nameClaim, tenantClaim, scopesClaim].filter((name) => name !== '');
  }

  /** What is known remains in use for another hour when the provider cannot be asked again. */
  async #configuration(): Promise<Configuration> {
    const age = performance.now() - this.#askedAt;
    if (this.#known && age < REFRESH_MS) return this.#known;
    if (this.#failure && !this.#finding && age < COOLDOWN_MS) throw this.#failure;
    this.#finding ??= this.#find().finally(() => {
      this.#finding = null;
    });
    try {
      return await this.#finding;
    } catch (error) {
      if (this.#known) return this.#known;
      throw error;
    }
  }

  #clientAuth(): ClientAuth {
    if (this.secret === null) return None();
    return this.settings.clientAuth === 'post'
      ? ClientSecretPost(this.secret)
      : ClientSecretBasic(this.secret);
  }

  async #find(): Promise<Configuration> {
    const { issuer, clientId } = this.settings;
    this.#askedAt = performance.now();
    try {
      this.#known = await discovery(
        new URL(issuer),
        clientId,
        { [clockTolerance]: CLOCK_SKEW_S },
        this.#clientAuth(),
        {
          [customFetch]: boundedFetch,
          timeout: TIMEOUT_S,
          // The signature of a token is checked, although it comes from the provider itself: a proxy may be between.
          execute: [
            enableNonRepudiationChecks,
            ...(issuer.startsWith('http:') ? [allowInsecureRequests] : []),
          ],
        },
      );
      this.#failure = null;
      return this.#known;
    } catch (error) {
      const message = `The identity provider cannot be used now: ${SignInFailure.from(error).detail}.`;
      this.#failure = new AuthUnavailableError(message, error instanceof TypeError ? error : undefined);
      throw this.#failure;
    }
  }
}
