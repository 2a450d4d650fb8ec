import { type Request, type RequestHandler, type Response, Router } from 'express';
import type { Model } from '../../chat/models.ts';
import { ForbiddenOriginError, NotFoundError } from '../../errors.ts';
import type { Followable } from '../../runs/runs.ts';
import type { HttpContext } from '../context.ts';
import { onlyMethods } from '../errors.ts';
import { failureOf } from '../failure.ts';
import { follow, wishOf } from '../follow.ts';
import { contextOf } from '../request.ts';
import { streamRun } from '../stream.ts';
import { untilEnd } from '../wait.ts';
import { eventSource } from './encoder.ts';
import { Orphans } from './orphans.ts';
import { parseBody, parseQuery, providerNames } from './request.ts';

/**
 * A GET that costs money must not be something that any page can put into an `<img>`: such requests have no Origin, which
 * the guard for all routes lets pass, but browsers say where they come from (Fetch Metadata).
 */
const refuseStrangers: RequestHandler = (request, _response, next) => {
  const site = request.get('sec-fetch-site') ?? 'none';
  if (site === 'none' || site === 'same-origin' || request.get('origin') !== undefined) return next();
  throw new ForbiddenOriginError(
    `A ${site} request is not allowed; list its origin in server.allowed_origins.`,
  );
};

/** A completion for `EventSource`, which can only GET and comes back by itself (WIRE-5). Mounted at /api/v1/llm. */
export function eventSourceRoutes(context: HttpContext): Router {
  const { chats, runs, models, settings } = context;
  const router = Router();
  const orphans = new Orphans();

  router
    .route('/complete/stream')
    .head(onlyMethods('GET'))
    .get(refuseStrangers, async (request, response) => {
      const question = parseQuery(request.query, models, settings.question);
      const wish = { ...wishOf({ request }), protocol: eventSource };
      const known = await knownRun(request);
      if (known) {
        orphans.watch(request, response, known);
        follow(response, known, wish, context);
        return;
      }
      const run = await chats.ask(question, contextOf({ request, response }, eventSource.name));
      orphans.watch(request, response, run);
      streamRun(response, run, 0, eventSource, context);
    })
    .all(onlyMethods('GET'));

  router
    .route('/complete')
    .post(async (request, response) => {
      const question = parseBody(request.body, models, settings.question);
      const run = await chats.ask(question, contextOf({ request, response }, eventSource.name));
      await answerWhole(response, run);
    })
    .all(onlyMethods('POST'));

  router
    .route('/providers')
    .get((_request, response) => {
      const providers = providerNames(models).map((id) => ({ id, models: modelsOf(id).length }));
      response.json({ providers });
    })
    .all(onlyMethods('GET'));

  router
    .route('/providers/:provider/models')
    .get((request, response) => {
      const { provider } = request.params;
      const offered = modelsOf(provider);
      if (offered.length === 0) throw new NotFoundError(`Provider ${provider}`);
      response.json({ models: offered.map(modelView) });
    })
    .all(onlyMethods('GET'));

  router
    .route('/health')
    .get((_request, response) => {
      const accepting = runs.accepting;
      response.status(accepting ? 200 : 503).json({
        status: accepting ? 'ok' : 'shutting down',
        timestamp: new Date().toISOString(),
        providers: providerNames(models),
      });
    })
    .all(onlyMethods('GET'));

  /** The run that a browser comes back to: by the last id it got, or because it was cut before it got any. */
  async function knownRun(request: Request): Promise<Followable | null> {
    const lastEventId = request.get('last-event-id');
    if (!lastEventId) {
      const orphan = orphans.take(request);
      return orphan === null ? null : runs.open(orphan);
    }
    const [runId = ''] = lastEventId.split(':');
    const run = await runs.open(runId);
    // To ask again here would be to pay again for what the browser shows already.
    if (!run) throw new NotFoundError(`Run ${runId}`);
    return run;
  }

  function modelsOf(provider: string): Model[] {
    return models.list().filter((model) => model.provider === provider);
  }

  return router;
}

async function answerWhole(response: Response, run: Followable): Promise<void> {
  const terminal = await untilEnd(response, run);
  if (!terminal) return;
  if (terminal.type !== 'complete') throw failureOf(terminal);
  const { chatId, runId, model, provider } = run.description;
  const { finishReason, usage, totalTime, timeToFirstToken } = terminal;
  const timestamp = new Date().toISOString();
  const totals = { finishReason, usage, totalTime, timeToFirstToken };
  response.set({ 'x-chat-id': chatId, 'x-run-id': runId });
  response.json({ text: run.log.text().content, metadata: { model, provider, timestamp, ...totals } });
}

function modelView({ answer: _, ...card }: Model) {
  return card;
}
