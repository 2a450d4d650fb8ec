import type { RequestHandler } from 'express';
import type { OriginPolicy } from './origins.ts';

/** What clients of other protocols read is there as well: OpenAI's package, and WorkflowChatTransport. */
const EXPOSED =
  'X-Request-Id, X-Chat-Id, X-Run-Id, X-Should-Retry, Retry-After, X-Workflow-Run-Id, X-Workflow-Stream-Tail-Index';
const ALLOWED_HEADERS =
  'Content-Type, Authorization, Idempotency-Key, Last-Event-ID, X-Chat-Id, X-Request-Id';

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
