import type { IncomingMessage } from 'node:http';
import { ForbiddenOriginError } from '../../../errors.ts';
import { referrerOf, siteOf } from '../../origins/origin-policy.ts';

/**
 * A GET that costs money must not be something that any page can make a browser send. The guard of all routes refuses
 * what is known to be foreign. Browsers say nothing about the origin to an address that they do not trust (plain http
 * to anything but loopback), nor did Safari before 16.4: then the referrer, which that guard has checked, has to be a
 * page of ours or a listed one; and requests for pictures or pages are refused (decision 23). Throws
 * ForbiddenOriginError.
 */
export function refuseUnknownPages(request: IncomingMessage): void {
  const { accept, origin, referer, 'user-agent': agent = '' } = request.headers;
  if (origin !== undefined || siteOf(request) !== null) return;
  const isBrowser = agent.includes('Mozilla/');
  const takesEvents =
    accept === undefined || accept.trim() === '*/*' || /\btext\/event-stream\b/i.test(accept);
  if (takesEvents && (!isBrowser || referrerOf(referer) !== null)) return;
  throw new ForbiddenOriginError(
    'A browser that does not say where it comes from is not allowed; use 127.0.0.1, https, or POST.',
  );
}
