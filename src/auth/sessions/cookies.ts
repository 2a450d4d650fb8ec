import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

/** Browsers take a cookie with this prefix only from the host itself, over HTTPS, and for all paths (RFC 6265bis). */
const SECURE_PREFIX = '__Host-';

/** The ports that browsers leave out of an address. */
const DEFAULT_PORTS: ReadonlySet<string> = new Set(['', '80', '443']);

/**
 * Cookies that no script can read, and that other sites cannot send with their requests. Browsers send a cookie to all
 * ports of a host, so the name has the port: two servers on one machine do not take the cookies of each other.
 */
export class Cookies {
  /** Null: the server's own address is the public one. */
  readonly #public: URL | null;

  /** `publicOrigin`: the address in browsers, if a proxy is between; '' otherwise. */
  constructor(publicOrigin: string) {
    this.#public = publicOrigin === '' ? null : new URL(publicOrigin);
  }

  /** The value in a request; null: none. */
  read(request: IncomingMessage, name: string): string | null {
    const start = `${this.#fullName(request, name)}=`;
    return (
      pairsOf(request)
        .find((pair) => pair.startsWith(start))
        ?.slice(start.length) ?? null
    );
  }

  /** The names in a request that begin so, the oldest first (RFC 6265, 5.4). */
  names(request: IncomingMessage, prefix: string): string[] {
    const [before = '', after = ''] = this.#fullName(request, '|').split('|');
    const full = pairsOf(request).map((pair) => pair.slice(0, Math.max(0, pair.indexOf('='))));
    return full
      .filter((name) => name.startsWith(before + prefix) && name.endsWith(after))
      .map((name) => name.slice(before.length, name.length - after.length));
  }

  /** A value of `Set-Cookie` in the reply to a request. Null: the browser is to remove it. */
  write(request: IncomingMessage, name: string, value: string | null, maxAgeS: number): string {
    const secure = this.#isSecure(request) ? '; Secure' : '';
    const age = value === null ? 0 : maxAgeS;
    return `${this.#fullName(request, name)}=${value ?? ''}; Path=/; Max-Age=${age}; HttpOnly; SameSite=Lax${secure}`;
  }

  #fullName(request: IncomingMessage, name: string): string {
    const port = this.#public ? this.#public.port : (/:(\d+)$/.exec(request.headers.host ?? '')?.[1] ?? '');
    return `${this.#isSecure(request) ? SECURE_PREFIX : ''}${name}${DEFAULT_PORTS.has(port) ? '' : `_${port}`}`;
  }

  #isSecure({ socket }: IncomingMessage): boolean {
    return this.#public?.protocol === 'https:' || socket instanceof TLSSocket;
  }
}

function pairsOf({ headers }: IncomingMessage): string[] {
  return (headers.cookie ?? '').split(';').map((pair) => pair.trim());
}
