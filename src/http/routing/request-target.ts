import type { IncomingMessage } from 'node:http';
import { InvalidRequestError } from '../../errors.ts';

/** The absolute form of a target (RFC 9112, 3.2.2), as it is sent to proxies; every server has to accept it. */
const ABSOLUTE = /^https?:\/\/([^/?#]*)/i;

/** Percent-encoded characters that mean the same unencoded (RFC 3986, 2.3). */
const UNRESERVED = /%(2[de]|3\d|4[1-9a-f]|5[0-9af]|6[1-9a-f]|7[0-9ae])/gi;

/** The path of a request, normalized for comparison with routes. */
export function pathOf({ url = '' }: IncomingMessage): string {
  const [path = ''] = url.replace(ABSOLUTE, '').split('?', 1);
  return path.replace(UNRESERVED, (encoded) => decodeURIComponent(encoded));
}

/**
 * The host that a request is for: that of its target, if it has one, else of its header. Throws InvalidRequestError
 * when there is more than one `Host` header.
 */
export function authorityOf({ url = '', headers, rawHeaders }: IncomingMessage): string | undefined {
  let hosts = 0;
  for (let index = 0; index < rawHeaders.length; index += 2) {
    if (rawHeaders[index]?.toLowerCase() === 'host') hosts += 1;
  }
  if (hosts > 1) throw InvalidRequestError.field('Host', 'must be there once');
  return ABSOLUTE.exec(url)?.[1] ?? headers.host;
}

/**
 * Rewrites the target of a request to the form that all routers know: a path and a query. Throws InvalidRequestError
 * when the path is not properly encoded.
 */
export function normalizeTarget(request: IncomingMessage): void {
  const { url = '' } = request;
  if (url === '*') return;
  const authority = ABSOLUTE.exec(url)?.[1];
  // The host of the target overrides the header (RFC 9112, 3.2.2); later readers must see it.
  if (authority !== undefined) request.headers.host = authority;
  const rest = url.replace(ABSOLUTE, '');
  const query = rest.indexOf('?');
  const path = pathOf(request);
  if (!isEncoded(path)) throw InvalidRequestError.field('request', 'has a path that is not properly encoded');
  request.url = (path.startsWith('/') ? path : `/${path}`) + (query < 0 ? '' : rest.slice(query));
}

export function isEncoded(path: string): boolean {
  if (!path.includes('%')) return true;
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false;
  }
}
