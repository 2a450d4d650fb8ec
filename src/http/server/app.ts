import { fileURLToPath } from 'node:url';
import express, { type Express, type RequestHandler, Router } from 'express';
import type { HttpContext } from '../context.ts';
import { originGuard } from '../origins/cors.ts';
import type { OriginPolicy } from '../origins/origin-policy.ts';
import { isSignInCallback } from '../origins/same-origin.ts';
import { docsApi } from '../routes/docs.ts';
import { pageApi } from '../routes/page.ts';
import { routeTable } from '../routes/table.ts';
import { handlerOf } from '../routing/handler.ts';
import { COMMON_HEADERS } from '../routing/headers.ts';
import { type Middleware, middlewareOf } from '../routing/middleware.ts';
import { sendOptions } from '../routing/reply.ts';
import { normalizeTarget } from '../routing/request-target.ts';
import type { RouteGroup } from '../routing/route.ts';
import { errorHandler, unknownRoute } from './error-handler.ts';
import { requestLog } from './request-log.ts';

/** Where `npm run build` puts the page; the same path from src and from dist. */
const BUILT_PAGE = fileURLToPath(new URL('../../../dist/web/', import.meta.url));

/** What programs ask for; the rest are pages, which may be linked to from anywhere. */
const API = /^\/(api|v1)(\/|\?|$)/i;

/** The Express application: the request log, common headers, the origin guard, all routes, static files, and errors. */
export function createApp(context: HttpContext): Express {
  const table = routeTable(context);
  const { health, ...apis } = table;
  const docs = docsApi(Object.values(table), context.gate.authenticates);
  const app = express();
  app.disable('x-powered-by');
  app.disable('etag');
  app.use(requestLog(context.logger), commonHeaders);
  // A router of its own, because Express keeps what it read of a target before `commonHeaders` has normalized it.
  const routes = Router();
  routes.use(serve([health]));
  routes.use(onlyAllowedOrigins(context.origins));
  routes.use(serve([...Object.values(apis), docs, pageApi(BUILT_PAGE, context.gate.authenticates)]));
  routes.use('/assets', assets);
  routes.use('/v1', unknownRoute, errorHandler(context, apis.openai.errors));
  app.use(routes, unknownRoute, errorHandler(context));
  return app;

  /** WorkflowChatTransport posts JSON as text/plain; other origins are kept out by the guard, not by the type. */
  function serve(groups: readonly RouteGroup[]): Middleware {
    return middlewareOf(handlerOf(groups, context, { plainText: true, guard: () => false }));
  }
}

const commonHeaders: RequestHandler = (request, response, next) => {
  for (const [name, value] of Object.entries(COMMON_HEADERS)) response.setHeader(name, value);
  // OPTIONS of the server as a whole (RFC 9110, 9.3.7).
  if (request.method === 'OPTIONS' && request.url === '*') {
    sendOptions({ response }, ['GET', 'HEAD', 'POST', 'PATCH', 'DELETE']);
    return;
  }
  normalizeTarget(request);
  next();
};

function onlyAllowedOrigins(policy: OriginPolicy): RequestHandler {
  const guard = originGuard(policy, (request) => !API.test(request.url ?? '') || isSignInCallback(request));
  return (request, response, next) => {
    if (!guard({ request, response }, undefined)) next();
  };
}

const assets = express.static(`${BUILT_PAGE}assets`, {
  index: false,
  cacheControl: false,
  // The names carry a hash of the content, so that what a name stands for never changes.
  setHeaders: (response) => response.setHeader('cache-control', 'public, max-age=31536000, immutable'),
});
