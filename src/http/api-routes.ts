import { catalogueRoutes } from './catalogue-routes.ts';
import { chatRoutes } from './chat-routes.ts';
import type { RouteContext } from './context.ts';
import type { Route } from './route.ts';
import { runRoutes } from './run-routes.ts';
import { workspaceRoutes } from './workspace-routes.ts';

/** What our own API is (docs/protocol.md), below `/api` on our server and wherever an application mounts it. */
export function apiRoutes(context: RouteContext): Route[] {
  return [
    ...chatRoutes(context),
    ...runRoutes(context),
    ...workspaceRoutes(context),
    ...catalogueRoutes(context),
  ];
}
