import type { IncomingMessage } from 'node:http';
import type { Cookies } from './cookies.ts';

/** As it is on the default port of HTTP. */
export const SESSION_COOKIE = 'lss_session';

/** The server says when a session is over, so the cookie is kept for as long as browsers keep any: 400 days. */
const MAX_AGE_S = 400 * 24 * 60 * 60;

/** The cookie that has a session's secret. */
export class SessionCookie {
  constructor(private readonly cookies: Cookies) {}

  /** The secret in a request; null: none. */
  read(request: IncomingMessage): string | null {
    return this.cookies.read(request, SESSION_COOKIE);
  }

  /** The value of `Set-Cookie` in the reply to a request. Null: the browser is to remove it. */
  write(request: IncomingMessage, secret: string | null): string {
    return this.cookies.write(request, SESSION_COOKIE, secret, MAX_AGE_S);
  }
}
