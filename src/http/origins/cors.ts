import type { IncomingMessage } from 'node:http';
import type { Guard } from '../routing/handler.ts';
import type { OriginPolicy } from './origin-policy.ts';
import { isSignInCallback } from './same-origin.ts';

/** Includes what OpenAI's package and WorkflowChatTransport read, and what downloads of files need. */
const EXPOSED =
  'X-Request-Id, X-Chat-Id, X-Run-Id, X-Should-Retry, Retry-After, X-Workflow-Run-Id, X-Workflow-Stream-Tail-Index, ETag, Content-Range, Accept-Ranges, Content-Disposition';
const ALLOWED_HEADERS =
  'Content-Type, Authorization, Idempotency-Key, Last-Event-ID, X-Chat-Id, X-Request-Id';

/**
 * The policy, with CORS for the listed origins. `isPage`: by its path; other sites may send browsers to pages, and to
 * the end of a sign-in.
 */
export function originGuard(
  policy: OriginPolicy,
  isPage: (request: IncomingMessage) => boolean = isSignInCallback,
): Guard {
  return ({ request, response }) => {
    policy.admit(request, { pages: isPage(request) });
    const { origin } = request.headers;
    if (origin === undefined || !policy.isListed(origin)) return false;
    response.appendHeader('vary', 'Origin');
    response.setHeader('access-control-allow-origin', origin);
    response.setHeader('access-control-expose-headers', EXPOSED);
    if (request.method !== 'OPTIONS' || !request.headers['access-control-request-method']) return false;
    const asked = request.headers['access-control-request-headers'];
    response
      .writeHead(204, {
        'access-control-allow-methods': 'GET, POST, PATCH, DELETE',
        // A listed origin may send any header; packages have headers of their own (`x-stainless-…`).
        'access-control-allow-headers': asked ? `${ALLOWED_HEADERS}, ${asked}` : ALLOWED_HEADERS,
        'access-control-max-age': '600',
      })
      .end();
    return true;
  };
}
