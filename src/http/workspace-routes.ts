import { type Request, Router } from 'express';
import { z } from 'zod';
import { parse } from '../chat/question.ts';
import { parseEditQuestion, undoSchema } from '../editing/question.ts';
import { parseCreation, workspaceIdSchema, workspaceRenameSchema } from '../editing/workspace.ts';
import { pageQuery } from './chat-routes.ts';
import type { HttpContext } from './context.ts';
import { edit } from './edit.ts';
import { onlyMethods } from './errors.ts';
import { protocolNamed } from './protocols.ts';
import { contextOf } from './request.ts';
import { streamRun } from './stream.ts';

const workspaceIdParameter = z.object({ workspaceId: workspaceIdSchema });

/** The query of POST /api/workspaces/{id}/edit. */
export const editQuery = z.strictObject({ protocol: z.string().optional() });

/** Workspaces: files that people and the model edit together. */
export function workspaceRoutes({ workspaces, settings }: HttpContext): Router {
  const router = Router();

  router
    .route('/workspaces')
    .post(async (request, response) => {
      const creation = parseCreation(request.body, settings.workspaces);
      response.status(201).json(await workspaces.create(creation));
    })
    .get(async (request, response) => {
      const { limit, cursor } = parse(pageQuery, request.query);
      const { items, nextCursor } = await workspaces.list(limit, cursor ?? null);
      const listed = items.map(({ chatId: _, ...workspace }) => workspace);
      response.json({ workspaces: listed, nextCursor });
    })
    .all(onlyMethods('POST', 'GET'));

  router
    .route('/workspaces/:workspaceId')
    .get(async (request, response) => {
      response.json(await workspaces.get(workspaceIdOf(request)));
    })
    .patch(async (request, response) => {
      const id = workspaceIdOf(request);
      response.json(await workspaces.rename(id, parse(workspaceRenameSchema, request.body).name));
    })
    .delete(async (request, response) => {
      await workspaces.delete(workspaceIdOf(request));
      response.status(204).end();
    })
    .all(onlyMethods('GET', 'PATCH', 'DELETE'));

  router
    .route('/workspaces/:workspaceId/edit')
    .post(async (request, response) => {
      const id = workspaceIdOf(request);
      const named = parse(editQuery, request.query).protocol;
      const protocol = protocolNamed(named ?? edit.name);
      const question = parseEditQuestion(request.body, settings.question);
      const run = await workspaces.edit(id, question, contextOf(request, protocol.name));
      streamRun(response, run, 0, protocol, settings.heartbeatMs);
    })
    .all(onlyMethods('POST'));

  router
    .route('/workspaces/:workspaceId/edits')
    .get(async (request, response) => {
      response.json({ edits: await workspaces.edits(workspaceIdOf(request)) });
    })
    .all(onlyMethods('GET'));

  router
    .route('/workspaces/:workspaceId/undo')
    .post(async (request, response) => {
      const id = workspaceIdOf(request);
      response.json(await workspaces.undo(id, parse(undoSchema, request.body ?? {}).runId));
    })
    .all(onlyMethods('POST'));

  return router;
}

/** Throws InvalidRequestError. */
export function workspaceIdOf(request: Request): string {
  return parse(workspaceIdParameter, request.params).workspaceId;
}
