import { type Request, Router } from 'express';
import { z } from 'zod';
import { chatIdSchema, parse } from '../chat/question.ts';
import { NotFoundError } from '../errors.ts';
import type { Run } from '../runs/run.ts';
import type { Followable } from '../runs/runs.ts';
import type { HttpContext } from './context.ts';
import { onlyMethods } from './errors.ts';
import { follow, wishOf } from './follow.ts';
import { chatIdOf } from './request.ts';

const runIdSchema = z.uuid('must be the id of a run');
const runIdParameter = z.object({ runId: runIdSchema });
const eitherIdParameter = z.object({ runId: chatIdSchema });

/** The query of GET /api/runs. */
export const liveRunsQuery = z.strictObject({ status: z.literal('live') });

/** Runs: follow, stop, look at. */
export function runRoutes({ runs, settings }: HttpContext): Router {
  const router = Router();

  router
    .route('/runs')
    .get((request, response) => {
      parse(liveRunsQuery, request.query);
      response.json({ runs: Array.from(runs.live, liveRun) });
    })
    .all(onlyMethods('GET'));

  router
    .route('/runs/:runId')
    .get(async (request, response) => {
      response.json(viewOf(await open(request)));
    })
    .all(onlyMethods('GET'));

  router
    .route('/runs/:runId/stream')
    .get(async (request, response) => {
      const { runId } = parse(eitherIdParameter, request.params);
      const wish = wishOf(request);
      const run = await find(runId);
      if (!run) throw new NotFoundError(`Run ${runId}`);
      follow(response, run, wish, settings.heartbeatMs);
    })
    .all(onlyMethods('GET'));

  router
    .route('/chat/:chatId/stream')
    .get(async (request, response) => {
      const chatId = chatIdOf(request);
      const wish = wishOf(request);
      const run = await find(chatId);
      if (run) follow(response, run, wish, settings.heartbeatMs);
      else response.status(204).end();
    })
    .all(onlyMethods('GET'));

  router
    .route('/runs/:runId/stop')
    .post(async (request, response) => {
      const runId = runIdOf(request);
      const live = runs.get(runId);
      live?.stop('user_stop');
      response.status(live ? 202 : 200).json(viewOf(await open(request)));
    })
    .all(onlyMethods('POST'));

  /** By its own id, or as what its chat says now. */
  async function find(id: string): Promise<Followable | null> {
    return runs.activeIn(id) ?? (runIdSchema.safeParse(id).success ? runs.open(id) : null);
  }

  async function open(request: Request): Promise<Followable> {
    const runId = runIdOf(request);
    const run = await runs.open(runId);
    if (!run) throw new NotFoundError(`Run ${runId}`);
    return run;
  }

  return router;
}

function runIdOf(request: Request): string {
  return parse(runIdParameter, request.params).runId;
}

function liveRun({ description, log, chunks, contentLength }: Run) {
  const { runId, chatId, messageId, provider, model, createdAt } = description;
  const lastEventId = `${runId}:${log.position}`;
  return {
    runId,
    chatId,
    messageId,
    provider,
    model,
    createdAt,
    lastEventId,
    chunks,
    characters: contentLength,
  };
}

function viewOf({ description, log }: Followable) {
  const { runId, chatId, messageId, provider, model, protocol, createdAt } = description;
  const lastEventId = `${runId}:${log.position}`;
  return {
    runId,
    chatId,
    messageId,
    provider,
    model,
    protocol,
    createdAt,
    lastEventId,
    terminal: log.terminal,
  };
}
