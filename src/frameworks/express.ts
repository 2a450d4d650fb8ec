import type { RouteContext } from '../http/context.ts';
import { type Middleware, middlewareOf } from '../http/routing/middleware.ts';
import { type AdapterOptions, mounted } from './options.ts';

export { OriginPolicy } from '../http/origins/origin-policy.ts';
export type { Middleware } from '../http/routing/middleware.ts';
export type { AdapterOptions } from './options.ts';

/**
 * An API for an application of Express (4 or 5), Connect, or any other that takes such middleware:
 * `app.use('/api', chatMiddleware(service))`, `app.use('/v1', chatMiddleware(service, { api: 'openai' }))`. It needs no
 * body parser, and takes what one has parsed. It replies to its own errors, and passes on requests that are not for it.
 * Authentication is for middleware before it; `origins`: whose pages may send requests.
 */
export function chatMiddleware(service: RouteContext, options: AdapterOptions = {}): Middleware {
  return middlewareOf(mounted(service, options, '').handle);
}
