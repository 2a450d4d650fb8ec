import type { IncomingMessage } from 'node:http';
import type { Authenticate } from '../authenticate.ts';
import { presentedSecret } from '../presented-secret.ts';
import type { SessionCookie } from './session-cookie.ts';
import type { Sessions } from './sessions.ts';

/** Throws ForbiddenOriginError unless a request is known to come from a page of this server. */
export type RequireSameOrigin = (request: IncomingMessage) => void;

/**
 * Authenticates by the cookie of a session where a request has no credential in a header. What it returns also throws
 * as `byHeader`, `Sessions.verify` and `requireSameOrigin` do.
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
    const principal = secret === null ? null : await sessions.verify(secret, request);
    if (principal) requireSameOrigin(request);
    return principal;
  };
}
