import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import { parse } from '../chat/question.ts';
import { InvalidRequestError, NotFoundError } from '../errors.ts';
import type { Run } from '../runs/run.ts';
import type { Followable } from '../runs/runs.ts';
import { chatIdOf } from './chat-routes.ts';
import type { HttpContext } from './context.ts';
import { onlyMethods } from './errors.ts';
import { native } from './native.ts';
import { streamRun } from './stream.ts';

const runIdSchema = z.uuid('must be the id of a run');

/** Runs: follow, stop, look at. */
export function runRoutes({ runs, settings }: HttpContext): Router {
  const router = Router();

  router
    .route('/runs')
    .get((request, response) => {
      parse(z.strictObject({ status: z.literal('live') }), request.query);
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
      follow(request, response, await open(request));
    })
    .all(onlyMethods('GET'));

  router
    .route('/chat/:chatId/stream')
    .get((request, response) => {
      const run = runs.activeIn(chatIdOf(request));
      if (!run) return void response.status(204).end();
      const { description, log } = run;
      follow(request, response, { description, log, attach: () => run.attach() });
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

  async function open(request: Request): Promise<Followable> {
    const runId = runIdOf(request);
    const run = await runs.open(runId);
    if (!run) throw new NotFoundError(`Run ${runId}`);
    return run;
  }

  function follow(request: Request, response: Response, run: Followable): void {
    const from = positionOf(request, run);
    if (run.log.terminal && from >= run.log.position) response.status(204).end();
    else streamRun(response, run, from, native, settings.heartbeatMs);
  }

  return router;
}

function runIdOf(request: Request): string {
  return parse(z.object({ runId: runIdSchema }), request.params).runId;
}

/** `Last-Event-ID: <runId>:<position>`, or `?after=` with the same or only the position; neither: from the start. */
function positionOf(request: Request, { description, log }: Followable): number {
  const header = request.get('last-event-id');
  const field = header ? 'Last-Event-ID' : 'after';
  const given = header || request.query.after;
  if (given === undefined || given === '') return 0;
  const match = /^(?:([0-9a-f-]{36}):)?(\d{1,15})$/.exec(String(given));
  if (!match) throw InvalidRequestError.field(field, 'must be <runId>:<position>, as in the id of an event');
  const [, runId, digits] = match;
  if (runId !== undefined && runId !== description.runId) {
    throw InvalidRequestError.field(field, `belongs to another run than ${description.runId}`);
  }
  const position = Number(digits);
  if (position <= log.position) return position;
  // After a crash a reader may have more than was saved. It gets the terminal, which says how much that was.
  const { terminal } = log;
  if (terminal?.type === 'error' && terminal.code === 'interrupted') return log.position - 1;
  throw InvalidRequestError.field(field, `is beyond the end of the run so far (${log.position})`);
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
