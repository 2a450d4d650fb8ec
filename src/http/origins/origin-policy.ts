import type { IncomingMessage } from 'node:http';
import { ForbiddenOriginError, InvalidRequestError } from '../../errors.ts';
import { authorityOf } from '../routing/request-target.ts';

/** Names and addresses of the machine itself, as the URL parser normalizes them. */
const LOOPBACK = /^(localhost|127\.\d+\.\d+\.\d+|\[::1\]|\[::ffff:7f[0-9a-f]{2}:[0-9a-f]{1,4}\])$/;

/** `uri-host [":" port]` (RFC 9110, 7.2), without percent-encoding, which no host name in use has. */
const HOST = /^(\[[0-9a-f:.]+\]|[^\s:/?#@%[\]\\]+)(:\d*)?$/i;

/** Hosts that are remembered as ours. Clients use few spellings of them. */
const MOST_HOSTS = 100;

/**
 * Which requests a server without authentication accepts (CONF-3): those whose host is a loopback address or a listed
 * origin, so that no web page can reach it through a name of its own (DNS rebinding); and from browsers only those of
 * its own pages and of the listed origins. For HTTP requests and WebSocket upgrades.
 */
export class OriginPolicy {
  readonly #origins: ReadonlySet<string>;
  /** Hosts that were found to be ours, so that each spelling is parsed once. */
  readonly #ours = new Set<string>();

  /** `allowed`: `https://chat.example.com`, … */
  constructor(allowed: readonly string[]) {
    this.#origins = new Set(allowed.map(originKey));
  }

  /** Checks the values of these two headers. Throws InvalidRequestError (no host) and ForbiddenOriginError. */
  check(host: string | undefined, origin: string | undefined): void {
    if (host === undefined || host === '') throw InvalidRequestError.field('Host', 'is missing');
    if (!this.#isOurs(host)) {
      throw new ForbiddenOriginError(
        `Host ${host} is not allowed; list its origin in server.allowed_origins.`,
      );
    }
    if (origin === undefined || this.isListed(origin) || isSame(origin, host)) return;
    throw new ForbiddenOriginError(`Origin ${origin} is not allowed; list it in server.allowed_origins.`);
  }

  /**
   * Checks all headers that tell the origin of a request. Images, scripts, links and frames of other sites send no
   * `Origin`; then Fetch Metadata tells it, or the `Referer`. `pages`: whether the request is for a page, which may be
   * linked to from anywhere. Throws InvalidRequestError (no host, or several) and ForbiddenOriginError.
   */
  admit(request: IncomingMessage, { pages = false } = {}): void {
    const { headers } = request;
    const host = authorityOf(request);
    this.check(host, headers.origin);
    if (headers.origin !== undefined || (pages && isNavigation(request))) return;
    const referrer = referrerOf(headers.referer);
    if (referrer !== null && this.isListed(referrer)) return;
    const site = siteOf(request);
    if (site !== null && site !== 'none' && site !== 'same-origin') {
      throw new ForbiddenOriginError(
        `A ${site} request is not allowed; list its origin in server.allowed_origins.`,
      );
    }
    if (site === null && referrer !== null && !isSame(referrer, host)) {
      throw new ForbiddenOriginError(
        `A request from ${referrer} is not allowed; list it in server.allowed_origins.`,
      );
    }
  }

  isListed(origin: string): boolean {
    return this.#origins.has(origin) || this.#origins.has(originKey(origin));
  }

  #isOurs(host: string): boolean {
    if (this.#ours.has(host)) return true;
    const isOurs = this.#matches(host);
    if (isOurs && this.#ours.size < MOST_HOSTS) this.#ours.add(host);
    return isOurs;
  }

  /** A host without a port may be meant for either scheme; a scheme's default port is the same as none. */
  #matches(host: string): boolean {
    const keys = ['http', 'https'].map((scheme) => hostKey(scheme, host));
    return keys.some((key) => key !== null && (LOOPBACK.test(nameIn(key)) || this.#origins.has(key)));
  }
}

/** `Sec-Fetch-Site` (Fetch Metadata); null: absent. Browsers send it only to addresses that they trust. */
export function siteOf({ headers }: IncomingMessage): string | null {
  return headers['sec-fetch-site']?.toString() ?? null;
}

/** The origin in a `Referer`; null: it has none. */
export function referrerOf(referer: string | undefined): string | null {
  if (referer === undefined || !/^https?:\/\//i.test(referer) || !URL.canParse(referer)) return null;
  return new URL(referer).origin;
}

/** Whether an origin is that of the host, in either scheme: a proxy may terminate TLS. */
export function isSame(origin: string, host: string | undefined): boolean {
  const [, scheme] = /^(https?):\/\//i.exec(origin) ?? [];
  if (scheme === undefined || host === undefined) return false;
  return hostKey(scheme, host) === originKey(origin);
}

/** Whether a user followed a link, or opened the address. */
function isNavigation({ method, headers }: IncomingMessage): boolean {
  const { 'sec-fetch-mode': mode, 'sec-fetch-dest': destination = 'document' } = headers;
  if (method !== 'GET' && method !== 'HEAD') return false;
  return mode === undefined || (mode === 'navigate' && destination === 'document');
}

/** An origin normalized for comparison: lower case, no default port, no dot at the end of the name. */
function originKey(origin: string): string {
  const [, scheme, host = ''] = /^(https?):\/\/([^/]*)$/i.exec(origin) ?? [];
  return (scheme !== undefined && hostKey(scheme, host)) || origin;
}

/** Null: it is not a valid host. */
function hostKey(scheme: string, host: string): string | null {
  if (!HOST.test(host) || !URL.canParse(`${scheme}://${host}`)) return null;
  const { protocol, hostname, port } = new URL(`${scheme}://${host}`);
  return `${protocol}//${hostname.replace(/\.$/, '')}${port === '' ? '' : `:${port}`}`;
}

/** Without scheme and port: `http://[::1]:3000` is `[::1]`. */
function nameIn(key: string): string {
  return key.replace(/^https?:\/\//, '').replace(/:\d+$/, '');
}
