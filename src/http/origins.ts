import { ForbiddenOriginError } from '../errors.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);

/**
 * Whom a server without passwords may talk to (CONF-3): who names it by a loopback address or by a listed origin, so
 * that no web page can reach it through a name of its own (DNS rebinding); and from a browser only its own pages and
 * those of the listed origins. Throws ForbiddenOriginError. Holds for HTTP requests and for WebSocket upgrades.
 */
export class OriginPolicy {
  readonly #origins: ReadonlySet<string>;
  readonly #hosts: ReadonlySet<string>;

  /** `allowed`: `https://chat.example.com`, … */
  constructor(allowed: readonly string[]) {
    this.#origins = new Set(allowed.map((origin) => new URL(origin).origin));
    this.#hosts = new Set(allowed.map((origin) => new URL(origin).host));
  }

  check(host: string | undefined, origin: string | undefined): void {
    if (host !== undefined && !this.#hosts.has(host) && !LOOPBACK.has(hostname(host))) {
      throw new ForbiddenOriginError(
        `Host ${host} is not allowed; list its origin in server.allowed_origins.`,
      );
    }
    if (origin === undefined || this.isListed(origin) || isSame(origin, host)) return;
    throw new ForbiddenOriginError(`Origin ${origin} is not allowed; list it in server.allowed_origins.`);
  }

  isListed(origin: string): boolean {
    return this.#origins.has(origin);
  }
}

/** Without the port: `[::1]:3000` is `[::1]`. */
function hostname(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}

function isSame(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}
