import type { RouteContext } from '../http/context.ts';
import type { Handler } from '../http/routing/handler.ts';
import { type AdapterOptions, mounted } from './options.ts';

export { OriginPolicy } from '../http/origins/origin-policy.ts';
export type { Handler } from '../http/routing/handler.ts';
export { webSocketsOnly } from '../http/server/web-sockets-only.ts';
export type { AdapterOptions } from './options.ts';

/**
 * An API for a server of `node:http`, with the routes below `at` ('' for none; by default '/api', for `openai` '/v1',
 * for `eventsource` '/api/v1/llm'). The handler resolves with whether the request was for it; if not, nothing of it was
 * read and nothing was sent.
 */
export function chatHandler(
  service: RouteContext,
  { at, ...options }: AdapterOptions & { at?: string } = {},
): Handler {
  return mounted(service, options, at).handle;
}
