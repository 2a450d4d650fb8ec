import { type Request, Router } from 'express';
import { z } from 'zod';
import { parse } from '../chat/question.ts';
import { parseCreation, workspaceIdSchema, workspaceRenameSchema } from '../editing/workspace.ts';
import { pageQuery } from './chat-routes.ts';
import type { HttpContext } from './context.ts';
import { onlyMethods } from './errors.ts';

const workspaceIdParameter = z.object({ workspaceId: workspaceIdSchema });

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

  return router;
}

function workspaceIdOf(request: Request): string {
  return parse(workspaceIdParameter, request.params).workspaceId;
}
