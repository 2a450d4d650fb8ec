import type { ServerResponse } from 'node:http';
import type { Followable } from '../../../runs/followable.ts';
import type { RouteContext } from '../../context.ts';
import { EVENT_STREAM_REPLY, jsonReply } from '../../routing/documentation.ts';
import type { Caller } from '../../routing/exchange.ts';
import { sendJson } from '../../routing/reply.ts';
import { contextOf } from '../../routing/request.ts';
import { type Route, route } from '../../routing/route.ts';
import { llmAnswerSchema } from '../../schemas/eventsource.ts';
import { failureOf } from '../../streaming/failure.ts';
import { follow, type GivenPosition, lastEventIdOf, positionIn } from '../../streaming/follow.ts';
import { streamRun } from '../../streaming/run-reader.ts';
import { untilEnd } from '../../streaming/wait.ts';
import { eventSource } from './encoder.ts';
import { refuseUnknownPages } from './page-guard.ts';
import { ReconnectRegistry } from './reconnect-registry.ts';
import { completeQuery, llmQuestionSchema, parseBody, questionInQuery } from './request.ts';

const messages = [{ role: 'user', content: 'What is a run?' }];

/** Completions for `EventSource`, which can only GET and reconnects by itself (WIRE-5). */
export function completionRoutes(context: RouteContext): Route[] {
  const { chats, runs, models, settings, gate, addresses } = context;
  const reconnects = new ReconnectRegistry(addresses);

  return [
    route({
      method: 'GET',
      path: '/complete/stream',
      // It starts a run, so a HEAD would be paid for as well.
      needs: { action: 'write', resource: 'chat' },
      head: false,
      guard: refuseUnknownPages,
      query: completeQuery,
      doc: {
        tag: 'EventSource',
        summary: 'Stream a completion to an EventSource',
        headers: ['Last-Event-ID', 'Idempotency-Key'],
        replies: { 200: EVENT_STREAM_REPLY, 204: { description: 'There is nothing more to receive.' } },
        examples: [{ name: 'a question', status: 200, query: { messages: JSON.stringify(messages) } }],
      },
      handle: async (call) => {
        const { response } = call;
        const question = questionInQuery(call.query, models, settings.question);
        const after = lastEventIdOf(call) ?? positionIn('after', call.query.after);
        const known = await knownRun(call, after);
        if (known) {
          reconnects.watch(call, known);
          const options = { protocol: eventSource, startIndex: null, after };
          follow(response, known, options, context);
          return;
        }
        const run = await chats.ask(question, contextOf(call, eventSource.name));
        reconnects.watch(call, run);
        streamRun(response, run, 0, eventSource, context);
      },
    }),

    route({
      method: 'POST',
      path: '/complete',
      needs: { action: 'write', resource: 'chat' },
      body: {
        schemas: [{ name: 'LlmQuestion', schema: llmQuestionSchema(settings.question) }],
        required: true,
        read: (json) => parseBody(json, models, settings.question),
      },
      doc: {
        tag: 'EventSource',
        summary: 'Complete, without a stream',
        headers: ['Idempotency-Key'],
        replies: { 200: jsonReply('The answer', 'LlmAnswer', llmAnswerSchema) },
        examples: [{ name: 'a question', status: 200, body: { messages, options: { temperature: 0 } } }],
      },
      handle: async (call) => {
        const run = await chats.ask(call.body, contextOf(call, eventSource.name));
        await sendWhole(call.response, run);
      },
    }),
  ];

  /** The run that a browser reconnects to: by the last id it got, or because it was cut off before it got any. */
  async function knownRun(call: Caller, after: GivenPosition | null): Promise<Followable | null> {
    if (!after) {
      const cutOff = reconnects.take(call);
      return cutOff === null ? null : runs.open(cutOff);
    }
    const [runId = ''] = after.value.split(':');
    const run = await runs.open(runId);
    // A new run would be paid for, to get what the browser shows already.
    await gate.access.reached(call, 'run', runId, run?.description);
    return run;
  }
}

async function sendWhole(response: ServerResponse, run: Followable): Promise<void> {
  const terminal = await untilEnd(response, run);
  if (!terminal) return;
  if (terminal.type !== 'complete') throw failureOf(terminal);
  const { chatId, runId, model, provider } = run.description;
  const { finishReason, usage, totalTime, timeToFirstToken } = terminal;
  const timestamp = new Date().toISOString();
  const totals = { finishReason, usage, totalTime, timeToFirstToken };
  response.setHeader('x-chat-id', chatId);
  response.setHeader('x-run-id', runId);
  const metadata = { model, provider, timestamp, ...totals };
  sendJson({ response }, { text: run.log.text().content, metadata });
}
