import type { RouteContext } from '../context.ts';
import type { RouteGroup } from '../routing/route.ts';
import { chatRoutes } from './chats.ts';
import { fileRoutes } from './files.ts';
import { keyRoutes } from './keys.ts';
import { modelRoutes } from './models.ts';
import { questionRoutes } from './questions.ts';
import { runRoutes } from './runs.ts';
import { sessionRoutes } from './session.ts';
import { shareRoutes } from './shares.ts';
import { ticketRoutes } from './tickets.ts';
import { usageRoutes } from './usage.ts';
import { workspaceEditRoutes } from './workspace-edits.ts';
import { workspaceRoutes } from './workspaces.ts';

/** Our own API (docs/protocol.md), `useChat` included. */
export function chatApi(context: RouteContext): RouteGroup {
  const routes = [
    ...questionRoutes(context),
    // Before what deletes chats and workspaces, so that all examples of the OpenAPI document can be sent in its order.
    ...shareRoutes(context),
    ...chatRoutes(context),
    ...workspaceRoutes(context),
    ...workspaceEditRoutes(context),
    ...fileRoutes(context),
    ...runRoutes(context),
    ...modelRoutes(context),
    ...usageRoutes(context),
    ...keyRoutes(context),
    ...sessionRoutes(context),
    ...ticketRoutes(context),
  ];
  return { at: '/api', routes };
}
