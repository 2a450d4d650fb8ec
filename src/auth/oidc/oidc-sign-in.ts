import type { IncomingMessage } from 'node:http';
import { randomNonce, randomPKCECodeVerifier, randomState } from 'openid-client';
import type { Logger } from 'pino';
import type { OidcSettings } from '../../config.ts';
import type { AttemptLimit } from '../attempts/attempt-limit.ts';
import { dropOldest } from '../drop-oldest.ts';
import type { Principal } from '../principal.ts';
import type { Cookies } from '../sessions/cookies.ts';
import { FlowCookies } from './flow-cookies.ts';
import { type Flow, FlowSeal } from './flow-seal.ts';
import { IdentityProvider } from './identity-provider.ts';
import { principalOf } from './principal-of.ts';
import { SignInFailure } from './sign-in-failure.ts';

/** Below the public origin. The provider has to know it. */
export const CALLBACK_PATH = '/api/session/oidc/callback';

/** States of finished sign-ins that are remembered. A provider, too, takes a code only once. */
const MAX_FINISHED = 10_000;

/** For how long the page says to wait, where nobody says how long. */
const RETRY_AFTER_S = 30;

interface OidcParts {
  readonly settings: OidcSettings;
  /** Of the client. Null: it has none. */
  readonly secret: string | null;
  /** Not empty. */
  readonly publicOrigin: string;
  readonly cookies: Cookies;
  /** Shared with other ways to be authenticated. */
  readonly limit: AttemptLimit;
  readonly logger: Logger;
}

/** How a sign-in ended, with values of `Set-Cookie`. */
export type Finished = { readonly cookies: string[] } & (
  | { readonly principal: Principal; readonly returnPath: string }
  /** `location`: the page that says why. `isAttempt`: whether it counted as a failed attempt. */
  | { readonly location: string; readonly isAttempt: boolean }
);

/** Signing in at an identity provider: the authorization code flow of OpenID Connect, with PKCE, state and nonce. */
export class OidcSignIn {
  /** Of the provider, for people. */
  readonly name: string;
  readonly #provider: IdentityProvider;
  readonly #flows: FlowCookies;
  readonly #finished = new Map<string, true>();

  constructor(private readonly parts: OidcParts) {
    const { settings, secret, publicOrigin, cookies } = parts;
    this.name = settings.providerName || new URL(settings.issuer).host;
    this.#provider = new IdentityProvider(settings, secret, publicOrigin + CALLBACK_PATH);
    this.#flows = new FlowCookies(cookies, new FlowSeal(secret));
  }

  /** Returns where the browser goes to sign in. Throws AuthUnavailableError. */
  async begin(returnPath: string, request: IncomingMessage): Promise<{ url: string; cookies: string[] }> {
    const checks = { state: randomState(), nonce: randomNonce(), verifier: randomPKCECodeVerifier() };
    const url = await this.#provider.signInUrl(checks);
    return { url, cookies: await this.#flows.begin(request, { ...checks, returnPath }) };
  }

  /** `request`: the one with which the provider sends the browser back. */
  async finish(request: IncomingMessage): Promise<Finished> {
    const query = queryOf(request);
    const state = new URLSearchParams(query).get('state') ?? '';
    const flow = await this.#flows.find(request, state);
    const cookies = flow ? [this.#flows.end(request, state)] : [];
    const returnPath = flow?.returnPath ?? '/';
    let failure = new SignInFailure('expired', 'unknown_state');
    try {
      const principal = await this.parts.limit.check(request, false, async () => {
        if (!flow || this.#finished.has(state)) return null;
        this.#finished.set(state, true);
        dropOldest(this.#finished, MAX_FINISHED);
        try {
          return await this.#principal(query, flow);
        } catch (error) {
          failure = SignInFailure.from(error);
          if (isAttempt(failure)) return null;
          throw failure;
        }
      });
      if (principal) return { principal, returnPath, cookies };
    } catch (error) {
      failure = SignInFailure.from(error);
    }
    return { location: this.failed(failure, returnPath), isAttempt: isAttempt(failure), cookies };
  }

  /** The page of a path, which the browser goes to. */
  page(path: string): string {
    const { publicOrigin } = this.parts;
    const url = new URL(path, publicOrigin);
    return url.origin === publicOrigin ? url.href : publicOrigin;
  }

  /** The same, where it says why somebody is not signed in. Logs it. */
  failed(error: unknown, path: string): string {
    const { reason, detail, retryAfterS } = SignInFailure.from(error);
    const isOurs = reason === 'failed';
    this.parts.logger[isOurs ? 'error' : 'info'](
      isOurs ? { reason, err: error } : { reason, detail },
      'a sign-in with OpenID Connect failed',
    );
    const url = new URL(this.page(path));
    url.searchParams.set('sign-in-failed', reason);
    const waitS = retryAfterS ?? (reason === 'unavailable' ? RETRY_AFTER_S : null);
    if (waitS !== null) url.searchParams.set('retry-after', String(waitS));
    return url.href;
  }

  async #principal(query: string, flow: Flow): Promise<Principal> {
    const { claims, idToken } = await this.#provider.claims(query, flow);
    return principalOf(claims, idToken, this.parts.settings);
  }
}

/** Whether it may have been an attempt to come in as somebody else. */
function isAttempt({ reason }: SignInFailure): boolean {
  return reason === 'expired' || reason === 'refused';
}

function queryOf({ url = '' }: IncomingMessage): string {
  const start = url.indexOf('?');
  return start < 0 ? '' : url.slice(start);
}
