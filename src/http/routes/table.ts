import type { HttpContext, RouteContext } from '../context.ts';
import { eventSourceApi } from '../protocols/eventsource/routes.ts';
import { openaiApi } from '../protocols/openai/routes.ts';
import type { RouteGroup } from '../routing/route.ts';
import { chatApi } from './api.ts';
import { healthApi } from './health.ts';

/** The APIs that an application can mount, each for clients of its own. */
export const APIS = {
  /** The native protocol, that of `useChat`, and edits of workspaces. */
  chat: chatApi,
  /** For clients of OpenAI's API. */
  openai: openaiApi,
  /** For browsers' `EventSource`. */
  eventsource: eventSourceApi,
} as const satisfies Record<string, (context: RouteContext) => RouteGroup>;

export type ApiName = keyof typeof APIS;

/** All routes of our own server that programs use, in the order of the OpenAPI document. */
export function routeTable(context: HttpContext) {
  return {
    chat: APIS.chat(context),
    health: healthApi(context),
    openai: APIS.openai(context),
    eventsource: APIS.eventsource(context),
  };
}
