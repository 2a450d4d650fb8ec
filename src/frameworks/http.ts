import { apiRoutes } from '../http/api-routes.ts';
import type { RouteContext } from '../http/context.ts';
import { type Handler, handlerOf } from '../http/handler.ts';

export type { Handler } from '../http/handler.ts';

/**
 * The API for a server of `node:http`, with the routes below `at` ('/api' by default, '' for none). The handler answers
 * whether the request was for it; if not, nothing of it was read and nothing was sent.
 */
export function chatHandler(service: RouteContext, { at = '/api' }: { at?: string } = {}): Handler {
  return handlerOf(apiRoutes(service), service, { at });
}
