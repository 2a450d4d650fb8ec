import { z } from 'zod';
import { chatIdSchema, parse } from '../chat/question.ts';
import { NotFoundError } from '../errors.ts';
import type { Run } from '../runs/run.ts';
import type { Followable } from '../runs/runs.ts';
import type { RouteContext } from './context.ts';
import { follow, wishOf } from './follow.ts';
import { chatIdOf, queryOf } from './request.ts';
import { type Call, get, post, type Route, sendJson, sendNothing } from './route.ts';

const runIdSchema = z.uuid('must be the id of a run');
const runIdParameter = z.object({ runId: runIdSchema });
const eitherIdParameter = z.object({ runId: chatIdSchema });

/** The query of GET /api/runs. */
export const liveRunsQuery = z.strictObject({ status: z.literal('live') });

/** Runs: follow, stop, look at. */
export function runRoutes(context: RouteContext): Route[] {
  const { runs } = context;
  return [
    get('/runs', (call) => {
      parse(liveRunsQuery, queryOf(call));
      sendJson(call, { runs: Array.from(runs.live, liveRun) });
    }),

    get('/runs/:runId', async (call) => {
      sendJson(call, viewOf(await open(call)));
    }),

    get('/runs/:runId/stream', async (call) => {
      const { runId } = parse(eitherIdParameter, call.params);
      const wish = wishOf(call);
      const run = await find(runId);
      if (!run) throw new NotFoundError(`Run ${runId}`);
      follow(call.response, run, wish, context);
    }),

    get('/chat/:chatId/stream', async (call) => {
      const chatId = chatIdOf(call);
      const wish = wishOf(call);
      const run = await find(chatId);
      if (run) follow(call.response, run, wish, context);
      else sendNothing(call);
    }),

    post('/runs/:runId/stop', async (call) => {
      const live = runs.get(runIdOf(call));
      live?.stop('user_stop');
      sendJson(call, viewOf(await open(call)), live ? 202 : 200);
    }),
  ];

  /** By its own id, or as what its chat says now. */
  async function find(id: string): Promise<Followable | null> {
    return runs.activeIn(id) ?? (runIdSchema.safeParse(id).success ? runs.open(id) : null);
  }

  async function open(call: Call): Promise<Followable> {
    const runId = runIdOf(call);
    const run = await runs.open(runId);
    if (!run) throw new NotFoundError(`Run ${runId}`);
    return run;
  }
}

function runIdOf({ params }: Call): string {
  return parse(runIdParameter, params).runId;
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
