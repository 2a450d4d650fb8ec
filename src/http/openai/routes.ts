import { type Request, type Response, Router } from 'express';
import { z } from 'zod';
import type { Model } from '../../chat/models.ts';
import { parse } from '../../chat/question.ts';
import { NotFoundError } from '../../errors.ts';
import type { Followable } from '../../runs/runs.ts';
import type { HttpContext } from '../context.ts';
import { onlyMethods } from '../errors.ts';
import { failureOf } from '../failure.ts';
import { contextOf } from '../request.ts';
import { streamRun } from '../stream.ts';
import { untilEnd, untilFirstWord } from '../wait.ts';
import { completion } from './completion.ts';
import { openai, openaiWith } from './encoder.ts';
import { parseCompletion } from './request.ts';

/** What OpenAI's clients ask for (WIRE-4). */
export function openaiRoutes(context: HttpContext): Router {
  const { chats, models, settings } = context;
  const router = Router();

  router
    .route('/chat/completions')
    .post(async (request, response) => {
      const { question, stream, includeUsage } = parseCompletion(
        request.body,
        request.get('x-chat-id'),
        settings.question,
      );
      const run = await chats.ask(question, contextOf({ request, response }, openai.name));
      if (!stream) {
        await answerWhole(response, run);
        return;
      }
      // Errors arrive as what they are, a status, as long as nothing was said.
      if (!(await untilFirstWord(response, run))) return;
      const { terminal, position } = run.log;
      if (terminal && terminal.type !== 'complete' && position === 1) throw failureOf(terminal);
      streamRun(response, run, 0, openaiWith({ includeUsage }), context);
    })
    .all(onlyMethods('POST'));

  router
    .route('/models')
    .get((_request, response) => {
      response.json({ object: 'list', data: models.list().map(openaiModel) });
    })
    .all(onlyMethods('GET'));

  // Names of models have slashes (`openai/gpt-4o`), and clients do not always escape them.
  router
    .route('/models/*name')
    .get((request, response) => {
      const name = nameOf(request);
      const model = models.list().find(({ id }) => id === name);
      if (!model) throw new NotFoundError(`Model ${name}`);
      response.json(openaiModel(model));
    })
    .all(onlyMethods('GET'));

  return router;
}

/** Waits for the end, and answers with all of it. */
async function answerWhole(response: Response, run: Followable): Promise<void> {
  const terminal = await untilEnd(response, run);
  if (!terminal) return;
  if (terminal.type !== 'complete') throw failureOf(terminal);
  const { chatId, runId } = run.description;
  response.set({ 'x-chat-id': chatId, 'x-run-id': runId }).json(completion(run, terminal));
}

function nameOf(request: Request): string {
  const { name } = parse(z.object({ name: z.array(z.string()) }), request.params);
  return name.join('/');
}

function openaiModel({ id, provider }: Model) {
  return { id, object: 'model' as const, created: 0, owned_by: provider };
}
