import { apiRoutes } from '../http/api-routes.ts';
import type { RouteContext } from '../http/context.ts';
import { handlerOf } from '../http/handler.ts';
import { type Middleware, middlewareOf } from '../http/middleware.ts';

export type { Middleware } from '../http/middleware.ts';

/**
 * The API for an application of Express (4 or 5), Connect, or any other that takes such middleware:
 * `app.use('/api', chatMiddleware(service))`. It needs no body parser and takes what one has parsed. It answers its own
 * errors in the one JSON shape, and passes on what is not for it. Who may ask is for middleware before it to say.
 */
export function chatMiddleware(service: RouteContext): Middleware {
  return middlewareOf(handlerOf(apiRoutes(service), service));
}
