import type { IncomingMessage } from 'node:http';
import { ForbiddenOriginError } from '../../errors.ts';
import { authorityOf, pathOf } from '../routing/request-target.ts';
import { isSame, referrerOf, siteOf } from './origin-policy.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * Refuses what a browser sends with a user's cookie on behalf of a page of another origin (CSRF protection). What may
 * change something, and a WebSocket, must say that it comes from a page of this server; what only reads must not say
 * otherwise. Origins of `server.allowed_origins` are other origins, too. `isRead`: default by method and headers.
 *
 * Throws ForbiddenOriginError.
 */
export function requireSameOrigin(request: IncomingMessage, isRead = onlyReads(request)): void {
  const isOurs = comesFromHere(request);
  if (isOurs || (isOurs === null && isRead)) return;
  throw new ForbiddenOriginError(
    'A request with the cookie of a session must come from a page of this server; send a key in a header instead.',
  );
}

/** Whether a request is the one with which an identity provider sends a browser back, by its path. */
export function isSignInCallback(request: IncomingMessage): boolean {
  return pathOf(request).endsWith('/session/oidc/callback');
}

function onlyReads({ method = 'GET', headers }: IncomingMessage): boolean {
  return SAFE.has(method) && headers.upgrade === undefined;
}

/** Null: the request does not say. */
export function comesFromHere(request: IncomingMessage): boolean | null {
  const site = siteOf(request);
  // `none`: the user typed the address, or opened a bookmark.
  if (site === 'none') return null;
  if (site !== null) return site === 'same-origin';
  const source = request.headers.origin ?? referrerOf(request.headers.referer);
  return source === null ? null : isSame(source, authorityOf(request));
}
