import type { IncomingMessage } from 'node:http';
import { NotFoundError, UnauthenticatedError } from '../../errors.ts';
import type { Audit } from '../audit.ts';
import type { Authenticate } from '../authenticate.ts';
import type { VerifySecret } from '../header-authenticator.ts';
import { presentedSecret } from '../presented-secret.ts';
import type { Principal } from '../principal.ts';
import type { SessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

/** Throws ForbiddenOriginError unless a request is known to come from a page of this server. */
export type RequireSameOrigin = (request: IncomingMessage) => void;

interface SignInParts {
  /** Accepted credentials, as in `auth.methods`. Empty: nobody can sign in here. */
  readonly methods: readonly string[];
  readonly sessions: Sessions;
  readonly verify: VerifySecret;
  readonly cookie: SessionCookie;
  readonly audit: Audit;
}

/** Signing in with a browser, and out (AUTH-5). Where it needs a cookie, it returns the value of `Set-Cookie`. */
export class SignIn {
  readonly methods: readonly string[];

  constructor(private readonly parts: SignInParts) {
    this.methods = parts.methods;
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
    if (!principal || principal.keyId === null) throw new UnauthenticatedError(true);
    return { principal, cookie: await this.#begin(principal, request) };
  }

  /** Ends the session of a request, if it has one. Throws StorageError. */
  async end(request: IncomingMessage): Promise<string> {
    const { sessions, cookie, audit } = this.parts;
    const secret = cookie.read(request);
    const principal = secret === null ? null : await sessions.verify(secret);
    const id = principal?.credential?.id;
    if (principal && id !== undefined && (await sessions.end(id)))
      await audit.record(principal, 'session.ended', 'session', id, request);
    return cookie.write(request, null);
  }

  async #begin(principal: Principal, request: IncomingMessage): Promise<string> {
    const { sessions, cookie, audit } = this.parts;
    const { secret, id } = await sessions.begin(principal);
    await audit.record(principal, 'session.created', 'session', id, request);
    return cookie.write(request, secret);
  }
}

/**
 * Authenticates by the cookie of a session where a request has no credential in a header. What it returns also throws
 * as `byHeader` and `requireSameOrigin` do.
 */
export function orBySession(
  byHeader: Authenticate,
  sessions: Sessions,
  cookie: SessionCookie,
  requireSameOrigin: RequireSameOrigin,
): Authenticate {
  return async (request) => {
    if (presentedSecret(request) !== null) return byHeader(request);
    const secret = cookie.read(request);
    const principal = secret === null ? null : await sessions.verify(secret);
    if (principal) requireSameOrigin(request);
    return principal;
  };
}
