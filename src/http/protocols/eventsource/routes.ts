import type { RouteContext } from '../../context.ts';
import type { RouteGroup } from '../../routing/route.ts';
import { completionRoutes } from './completions.ts';
import { informationRoutes } from './information.ts';

/** What pages with `EventSource` request (WIRE-5). */
export function eventSourceApi(context: RouteContext): RouteGroup {
  return { at: '/api/v1/llm', routes: [...completionRoutes(context), ...informationRoutes(context)] };
}
