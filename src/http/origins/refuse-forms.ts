import { ForbiddenOriginError } from '../../errors.ts';
import type { Guard } from '../routing/handler.ts';
import { isJson } from '../routing/json-body.ts';
import { authorityOf } from '../routing/request-target.ts';
import { isSame, referrerOf, siteOf } from './origin-policy.ts';

const SAFE = new Set(['GET', 'HEAD', 'OPTIONS']);

/**
 * For an application that has given no policy (CSRF protection): a request that changes something needs a content type
 * for which browsers send a preflight request (Fetch, "CORS-safelisted"), body or not, if it may come from a page of
 * another origin. So no form of such a page does anything with the cookies of a user.
 */
export const refuseForms: Guard = ({ request }, route) => {
  const { method = 'GET', headers } = request;
  const type = headers['content-type'];
  const isSafe = SAFE.has(method) && (!route || route.needs === 'public' || route.needs.action !== 'write');
  if (isSafe || (type !== undefined && isJson(type))) return false;
  const site = siteOf(request);
  if (site === 'same-origin' || site === 'none') return false;
  const source = headers.origin ?? referrerOf(headers.referer);
  const isForeign = site !== null || (source !== null && !isSame(source, authorityOf(request)));
  if (!isForeign) return false;
  throw new ForbiddenOriginError(
    `A ${site ?? 'cross-origin'} ${method} needs the content type application/json, or its origin on a list.`,
  );
};
