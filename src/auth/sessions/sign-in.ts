import type { IncomingMessage } from 'node:http';
import { NotFoundError, UnauthenticatedError } from '../../errors.ts';
import type { Audit } from '../audit.ts';
import type { ClientAddresses } from '../client-addresses.ts';
import type { OidcSignIn } from '../oidc/oidc-sign-in.ts';
import type { Principal } from '../principal.ts';
import type { VerifySecret } from '../secret-verifier.ts';
import { RefusedSignIns } from './refused-sign-ins.ts';
import type { SessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

interface SignInParts {
  /** Accepted credentials, as in `auth.methods`. Empty: nobody can sign in here. */
  readonly methods: readonly string[];
  readonly sessions: Sessions;
  readonly verify: VerifySecret;
  /** Null: OpenID Connect is not among the methods. */
  readonly oidc: OidcSignIn | null;
  readonly cookie: SessionCookie;
  readonly audit: Audit;
  readonly addresses: ClientAddresses;
}

/** Signing in with a browser, and out (AUTH-5). Where it needs cookies, it returns values of `Set-Cookie`. */
export class SignIn {
  readonly methods: readonly string[];
  /** The name of the identity provider, for people. Null: there is none. */
  readonly identityProvider: string | null;
  readonly #refused: RefusedSignIns;

  constructor(private readonly parts: SignInParts) {
    this.methods = parts.methods;
    this.identityProvider = parts.oidc?.name ?? null;
    this.#refused = new RefusedSignIns(parts.audit, parts.addresses);
  }

  /**
   * Exchanges an API key for a session. Throws UnauthenticatedError for a wrong key, TooManyAttemptsError,
   * NotFoundError where keys are not accepted, and StorageError.
   */
  async withKey(key: string, request: IncomingMessage): Promise<{ principal: Principal; cookie: string }> {
    const { methods, verify } = this.parts;
    if (!methods.includes('keys')) throw new NotFoundError('A sign-in with a key');
    const principal = await verify(key, request);
    // Another credential than a key is no reason to be signed in: it may be meant to last for minutes.
    if (!principal || principal.keyId === null) {
      await this.#refused.record('key', request);
      throw new UnauthenticatedError(true);
    }
    return { principal, cookie: await this.#begin(principal, request) };
  }

  /**
   * Begins a sign-in at the identity provider. `returnPath`: where the page goes afterwards. Returns where the browser
   * goes now. Throws NotFoundError where that is not accepted, and AuthUnavailableError.
   */
  begin(returnPath: string, request: IncomingMessage): Promise<{ url: string; cookies: string[] }> {
    return this.#oidc().begin(returnPath, request);
  }

  /**
   * Ends a sign-in at the identity provider: `request` is the one with which it sends the browser back. Returns the
   * page to go to, which says what went wrong if something did. Throws NotFoundError where that is not accepted.
   */
  async finish(request: IncomingMessage): Promise<{ location: string; cookies: string[] }> {
    const oidc = this.#oidc();
    const finished = await oidc.finish(request);
    const { cookies } = finished;
    if ('principal' in finished) {
      try {
        const session = await this.#begin(finished.principal, request);
        return { location: oidc.page(finished.returnPath), cookies: [...cookies, session] };
      } catch (error) {
        return { location: oidc.failed(error, finished.returnPath), cookies };
      }
    }
    if (finished.isAttempt) await this.#refused.record('oidc', request);
    return { location: finished.location, cookies };
  }

  /** Ends the session of a request, if it has one. Throws TooManyAttemptsError and StorageError. */
  async end(request: IncomingMessage): Promise<string> {
    const { sessions, cookie } = this.parts;
    const secret = cookie.read(request);
    if (secret !== null && (await sessions.verify(secret, request))) await this.#end(secret, request);
    return cookie.write(request, null);
  }

  async #begin(principal: Principal, request: IncomingMessage): Promise<string> {
    const { sessions, cookie, audit } = this.parts;
    const { secret, id } = await sessions.begin(principal);
    await audit.record(principal, 'session.created', 'session', id, request);
    const previous = cookie.read(request);
    if (previous !== null) await this.#end(previous, request);
    return cookie.write(request, secret);
  }

  async #end(secret: string, request: IncomingMessage): Promise<void> {
    const principal = await this.parts.sessions.end(secret);
    const id = principal?.credential?.id;
    if (principal && id !== undefined)
      await this.parts.audit.record(principal, 'session.ended', 'session', id, request);
  }

  #oidc(): OidcSignIn {
    if (!this.parts.oidc) throw new NotFoundError('A sign-in with OpenID Connect');
    return this.parts.oidc;
  }
}
