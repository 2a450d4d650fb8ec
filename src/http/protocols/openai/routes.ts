import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { mayAsk } from '../../../auth/principal.ts';
import type { Model } from '../../../chat/models.ts';
import { NotFoundError } from '../../../errors.ts';
import type { Followable } from '../../../runs/followable.ts';
import type { RouteContext } from '../../context.ts';
import { jsonBody } from '../../routing/body.ts';
import { jsonReply } from '../../routing/documentation.ts';
import { sendJson } from '../../routing/reply.ts';
import { contextOf, headerOf } from '../../routing/request.ts';
import { type RouteGroup, route } from '../../routing/route.ts';
import { completionReplySchema, openaiModelSchema, openaiModelsSchema } from '../../schemas/openai.ts';
import { failureOf } from '../../streaming/failure.ts';
import { streamRun } from '../../streaming/run-reader.ts';
import { untilEnd, untilFirstEvent } from '../../streaming/wait.ts';
import { completion } from './completion.ts';
import { openai, openaiWith } from './encoder.ts';
import { openaiErrors } from './errors.ts';
import { completionRequestOf, completionSchema } from './request.ts';

/** Names of models have slashes (`openai/gpt-4o`), and clients do not always escape them. */
const modelParams = z.object({
  model: z.string().refine((name) => name.split('/').length <= 100, 'must have at most 100 parts'),
});

const messages = [{ role: 'user', content: 'What is a run?' }];

/** What OpenAI's clients request (WIRE-4). */
export function openaiApi(context: RouteContext): RouteGroup {
  const { chats, models, settings } = context;
  const routes = [
    route({
      method: 'POST',
      path: '/chat/completions',
      needs: { action: 'write', resource: 'chat' },
      body: jsonBody('CompletionRequest', completionSchema(settings.question)),
      doc: {
        tag: 'OpenAI',
        summary: "Answer OpenAI's clients",
        headers: ['X-Chat-Id', 'Idempotency-Key'],
        replies: {
          200: jsonReply(
            'The answer; with `stream: true` as Server-Sent Events',
            'Completion',
            completionReplySchema,
          ),
        },
        examples: [
          { name: 'whole', status: 200, body: { messages } },
          {
            name: 'streamed',
            status: 200,
            body: { messages, stream: true, stream_options: { include_usage: true } },
          },
        ],
      },
      handle: async (call) => {
        const chatId = headerOf(call, 'x-chat-id');
        const { question, stream, includeUsage } = completionRequestOf(call.body, chatId, settings.question);
        const run = await chats.ask(question, contextOf(call, openai.name));
        const { response } = call;
        if (!stream) {
          await sendWhole(response, run);
          return;
        }
        // As long as no text was sent, an error can still be sent as a status.
        if (!(await untilFirstEvent(response, run))) return;
        const { terminal, position } = run.log;
        if (terminal && terminal.type !== 'complete' && position === 1) throw failureOf(terminal);
        streamRun(response, run, 0, openaiWith({ includeUsage }), context);
      },
    }),

    route({
      method: 'GET',
      path: '/models',
      needs: { action: 'list', resource: 'model' },
      doc: {
        tag: 'OpenAI',
        summary: 'The models, as OpenAI lists them',
        replies: { 200: jsonReply('All', 'OpenAIModels', openaiModelsSchema) },
        examples: [{ name: 'all', status: 200 }],
      },
      handle: (call) => {
        const data = models.list().filter(({ id }) => mayAsk(call.principal, id));
        sendJson(call, { object: 'list', data: data.map(openaiModel) });
      },
    }),

    route({
      method: 'GET',
      path: '/models/*model',
      needs: { action: 'read', resource: 'model' },
      params: modelParams,
      doc: {
        tag: 'OpenAI',
        summary: 'One model',
        replies: { 200: jsonReply('It', 'OpenAIModel', openaiModelSchema) },
        examples: [{ name: 'one that there is not', status: 404, params: { model: 'nothing' } }],
      },
      handle: (call) => {
        const name = call.params.model;
        const model = models.list().find(({ id }) => id === name);
        if (!model || !mayAsk(call.principal, model.id)) throw new NotFoundError(`Model ${name}`);
        sendJson(call, openaiModel(model));
      },
    }),
  ];
  return { at: '/v1', routes, errors: openaiErrors };
}

/** Waits for the end of the run, and sends the whole answer. */
async function sendWhole(response: ServerResponse, run: Followable): Promise<void> {
  const terminal = await untilEnd(response, run);
  if (!terminal) return;
  if (terminal.type !== 'complete') throw failureOf(terminal);
  const { chatId, runId } = run.description;
  response.setHeader('x-chat-id', chatId);
  response.setHeader('x-run-id', runId);
  sendJson({ response }, completion(run, terminal));
}

function openaiModel({ id, provider }: Model) {
  return { id, object: 'model' as const, created: 0, owned_by: provider };
}
