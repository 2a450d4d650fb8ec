import type { IncomingMessage } from 'node:http';
import type { Authenticate } from '../authenticate.ts';
import { presentedSecret } from '../presented-secret.ts';
import type { VerifySecret } from '../secret-verifier.ts';
import type { SessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

/** Throws ForbiddenOriginError unless a request is known to come from a page of this server. */
export type RequireSameOrigin = (request: IncomingMessage) => void;

/**
 * Authenticates by the secret in a header, and where a request has none by the cookie of a session. What it returns
 * throws as `presentedSecret`, `verify`, `Sessions.verify` and `requireSameOrigin` do.
 */
export function bySecretOrSession(
  verify: VerifySecret,
  sessions: Sessions,
  cookie: SessionCookie,
  requireSameOrigin: RequireSameOrigin,
): Authenticate {
  return async (request) => {
    const secret = presentedSecret(request);
    if (secret !== null) return verify(secret, request);
    const cookieSecret = cookie.read(request);
    const principal = cookieSecret === null ? null : await sessions.verify(cookieSecret, request);
    if (principal) requireSameOrigin(request);
    return principal;
  };
}
