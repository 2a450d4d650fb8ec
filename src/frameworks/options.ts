import type { RouteContext } from '../http/context.ts';
import { originGuard } from '../http/origins/cors.ts';
import type { OriginPolicy } from '../http/origins/origin-policy.ts';
import { refuseForms } from '../http/origins/refuse-forms.ts';
import { APIS, type ApiName } from '../http/routes/table.ts';
import { type Handler, handlerOf } from '../http/routing/handler.ts';
import type { RouteGroup } from '../http/routing/route.ts';

export interface AdapterOptions {
  /**
   * Which API: `chat` (the default) is the native one, with `useChat` and workspaces; `openai` is for clients of
   * OpenAI's API, and `eventsource` for browsers' `EventSource`. An application that wants several mounts several.
   */
  api?: ApiName;
  /**
   * Whose pages may send requests (`new OriginPolicy(['https://chat.example.com'])`): hosts and origins are checked as
   * on our own server, and the listed origins get CORS. Default: the application checks that itself, and what changes
   * something, or starts a run, cannot be requested by a form or a link of another origin's page.
   */
  origins?: OriginPolicy;
}

/**
 * The routes that an application mounts, and their handler. `at`: default where our own server has them. Throws when
 * nobody would be authenticated, and the configuration does not say that this is wanted (AUTH-11).
 */
export function mounted(
  service: RouteContext,
  { api = 'chat', origins }: AdapterOptions,
  at?: string,
): { group: RouteGroup; handle: Handler } {
  service.gate.requirePurpose();
  const group = APIS[api](service);
  const guard = origins ? originGuard(origins) : refuseForms;
  return { group, handle: handlerOf([{ ...group, at: at ?? group.at }], service, { guard }) };
}
