import type { RequestHandler } from 'express';
import { ForbiddenOriginError } from '../errors.ts';

const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]']);
/** What clients of other protocols read is there as well: OpenAI's package, and WorkflowChatTransport. */
const EXPOSED =
  'X-Request-Id, X-Chat-Id, X-Run-Id, X-Should-Retry, Retry-After, X-Workflow-Run-Id, X-Workflow-Stream-Tail-Index';
const ALLOWED_HEADERS =
  'Content-Type, Authorization, Idempotency-Key, Last-Event-ID, X-Chat-Id, X-Request-Id';

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

/** The policy for Express, with CORS for the listed origins. */
export function originGuard(policy: OriginPolicy): RequestHandler {
  return (request, response, next) => {
    const { host, origin } = request.headers;
    policy.check(host, origin);
    if (origin === undefined || !policy.isListed(origin)) return next();
    response.vary('Origin');
    response.set({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Expose-Headers': EXPOSED });
    if (request.method !== 'OPTIONS' || !request.headers['access-control-request-method']) return next();
    response
      .set({
        'Access-Control-Allow-Methods': 'GET, POST, PATCH, DELETE',
        // A listed origin may send what it likes; packages have headers of their own (`x-stainless-…`).
        'Access-Control-Allow-Headers': [
          ALLOWED_HEADERS,
          request.headers['access-control-request-headers'] ?? [],
        ]
          .flat()
          .join(', '),
        'Access-Control-Max-Age': '600',
      })
      .status(204)
      .end();
  };
}

/** Without the port: `[::1]:3000` is `[::1]`. */
function hostname(host: string): string {
  return host.replace(/:\d*$/, '').toLowerCase();
}

function isSame(origin: string, host: string | undefined): boolean {
  return host !== undefined && (origin === `http://${host}` || origin === `https://${host}`);
}
