import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';

const NAME = 'lss_session';

/** Browsers take a cookie with this prefix only from the host itself, over HTTPS, and for all paths (RFC 6265bis). */
const SECURE_NAME = `__Host-${NAME}`;

/** The server says when a session is over, so the cookie is kept for as long as browsers keep any: 400 days. */
const MAX_AGE_S = 400 * 24 * 60 * 60;

/** The cookie that has a session's secret. No script can read it, and other sites cannot send requests with it. */
export class SessionCookie {
  /** `isPublicHttps`: whether a proxy in front of the server terminates TLS. */
  constructor(private readonly isPublicHttps: boolean) {}

  /** The secret in a request; null: none. */
  read(request: IncomingMessage): string | null {
    const start = `${this.#nameFor(request)}=`;
    const pairs = (request.headers.cookie ?? '').split(';').map((pair) => pair.trim());
    return pairs.find((pair) => pair.startsWith(start))?.slice(start.length) ?? null;
  }

  /** The value of `Set-Cookie` in the reply to a request. Null: the browser is to remove it. */
  write(request: IncomingMessage, secret: string | null): string {
    const secure = this.#isSecure(request) ? '; Secure' : '';
    const maxAge = secret === null ? 0 : MAX_AGE_S;
    return `${this.#nameFor(request)}=${secret ?? ''}; Path=/; Max-Age=${maxAge}; HttpOnly; SameSite=Lax${secure}`;
  }

  #nameFor(request: IncomingMessage): string {
    return this.#isSecure(request) ? SECURE_NAME : NAME;
  }

  #isSecure({ socket }: IncomingMessage): boolean {
    return this.isPublicHttps || socket instanceof TLSSocket;
  }
}
