import { z } from 'zod';
import { parse } from '../chat/question.ts';
import { parseEditQuestion, undoSchema } from '../editing/question.ts';
import { parseCreation, workspaceIdSchema, workspaceRenameSchema } from '../editing/workspace.ts';
import { pageQuery } from './chat-routes.ts';
import type { RouteContext } from './context.ts';
import { edit } from './edit.ts';
import { protocolNamed } from './protocols.ts';
import { contextOf, queryOf } from './request.ts';
import { get, patch, post, type Route, remove, sendJson, sendNothing } from './route.ts';
import { streamRun } from './stream.ts';

const workspaceIdParameter = z.object({ workspaceId: workspaceIdSchema });

/** The query of POST /api/workspaces/{id}/edit. */
export const editQuery = z.strictObject({ protocol: z.string().optional() });

/** Workspaces: files that people and the model edit together. */
export function workspaceRoutes(context: RouteContext): Route[] {
  const { workspaces, settings } = context;
  return [
    post('/workspaces', async (call) => {
      const creation = parseCreation(call.body, settings.workspaces);
      sendJson(call, await workspaces.create(creation), 201);
    }),

    get('/workspaces', async (call) => {
      const { limit, cursor } = parse(pageQuery, queryOf(call));
      const { items, nextCursor } = await workspaces.list(limit, cursor ?? null);
      const listed = items.map(({ chatId: _, ...workspace }) => workspace);
      sendJson(call, { workspaces: listed, nextCursor });
    }),

    get('/workspaces/:workspaceId', async (call) => {
      sendJson(call, await workspaces.get(workspaceIdOf(call)));
    }),

    patch('/workspaces/:workspaceId', async (call) => {
      const id = workspaceIdOf(call);
      sendJson(call, await workspaces.rename(id, parse(workspaceRenameSchema, call.body).name));
    }),

    remove('/workspaces/:workspaceId', async (call) => {
      await workspaces.delete(workspaceIdOf(call));
      sendNothing(call);
    }),

    post('/workspaces/:workspaceId/edit', async (call) => {
      const id = workspaceIdOf(call);
      const named = parse(editQuery, queryOf(call)).protocol;
      const protocol = protocolNamed(named ?? edit.name);
      const question = parseEditQuestion(call.body, settings.question);
      const run = await workspaces.edit(id, question, contextOf(call, protocol.name));
      streamRun(call.response, run, 0, protocol, context);
    }),

    get('/workspaces/:workspaceId/edits', async (call) => {
      sendJson(call, { edits: await workspaces.edits(workspaceIdOf(call)) });
    }),

    post('/workspaces/:workspaceId/undo', async (call) => {
      const id = workspaceIdOf(call);
      sendJson(call, await workspaces.undo(id, parse(undoSchema, call.body ?? {}).runId));
    }),
  ];
}

/** Throws InvalidRequestError. */
export function workspaceIdOf({ params }: { params: unknown }): string {
  return parse(workspaceIdParameter, params).workspaceId;
}
