import type { RouteContext } from '../context.ts';
import { native } from '../protocols/native/encoder.ts';
import {
  editOf,
  editSchema,
  parseQuestion,
  questionSchema,
  regenerationOf,
  regenerationSchema,
} from '../protocols/native/request.ts';
import { ui } from '../protocols/ui/encoder.ts';
import { isUiBody, parseUi, uiBodySchema } from '../protocols/ui/request.ts';
import { UiRuns } from '../protocols/ui/start-run.ts';
import { type BodyReader, jsonBody, optionalJsonBody } from '../routing/body.ts';
import { EVENT_STREAM_REPLY, EXAMPLE_CHAT } from '../routing/documentation.ts';
import { contextOf } from '../routing/request.ts';
import { type Route, route } from '../routing/route.ts';
import { streamRun } from '../streaming/run-reader.ts';
import { chatParams } from './parameters.ts';

/** Questions to a chat: each starts a run, and the response is its first reader. */
export function questionRoutes(context: RouteContext): Route[] {
  const { chats, settings } = context;
  const uiRuns = new UiRuns(context);

  return [
    route({
      method: 'POST',
      path: '/chat',
      needs: { action: 'write', resource: 'chat' },
      body: questionBody(context),
      doc: {
        tag: 'Chats',
        summary: 'Ask, and stream the answer',
        description:
          'The native body, or what `useChat` of the Vercel AI SDK sends; each is answered in its own protocol.',
        headers: ['Idempotency-Key'],
        replies: { 200: EVENT_STREAM_REPLY },
        examples: [
          {
            name: 'native',
            status: 200,
            body: {
              chatId: EXAMPLE_CHAT,
              messages: [{ role: 'user', content: 'What is a run?' }],
              options: { temperature: 0.2, maxOutputTokens: 200 },
            },
          },
          {
            name: 'useChat',
            status: 200,
            body: {
              id: 'example-ui-chat',
              trigger: 'submit-message',
              messages: [{ id: 'm1', role: 'user', parts: [{ type: 'text', text: 'What is a run?' }] }],
            },
          },
        ],
      },
      handle: async (call) => {
        const { body } = call;
        const protocol = body.protocol === 'ui' ? ui : native;
        const request = contextOf(call, protocol.name);
        const run =
          body.protocol === 'ui'
            ? await uiRuns.start(body.request, request)
            : await chats.ask(body.question, request);
        streamRun(call.response, run, 0, protocol, context);
      },
    }),

    route({
      method: 'POST',
      path: '/chat/:chatId/regenerate',
      needs: { action: 'write', resource: 'chat' },
      params: chatParams,
      body: optionalJsonBody('Regeneration', regenerationSchema),
      doc: {
        tag: 'Chats',
        summary: 'Answer the last question again',
        headers: ['Idempotency-Key'],
        replies: { 200: EVENT_STREAM_REPLY },
        examples: [
          {
            name: 'hotter',
            status: 200,
            params: { chatId: EXAMPLE_CHAT },
            body: { options: { temperature: 1 } },
          },
        ],
      },
      handle: async (call) => {
        const request = contextOf(call, native.name);
        const run = await chats.regenerate(call.params.chatId, regenerationOf(call.body), request);
        streamRun(call.response, run, 0, native, context);
      },
    }),

    route({
      method: 'POST',
      path: '/chat/:chatId/edit',
      needs: { action: 'write', resource: 'chat' },
      params: chatParams,
      body: jsonBody('Edit', editSchema(settings.question)),
      doc: {
        tag: 'Chats',
        summary: 'Say a question differently',
        description: 'The question and everything after it is superseded by the new one and its answer.',
        headers: ['Idempotency-Key'],
        replies: { 200: EVENT_STREAM_REPLY },
        examples: [
          {
            name: 'edit',
            status: 200,
            params: { chatId: 'example-ui-chat' },
            body: { messageId: 'm1', content: 'What is a run, briefly?' },
          },
        ],
      },
      handle: async (call) => {
        const request = contextOf(call, native.name);
        const run = await chats.edit(call.params.chatId, editOf(call.body), request);
        streamRun(call.response, run, 0, native, context);
      },
    }),
  ];
}

/** Clients of both protocols post to one path; the body says which protocol it is. */
function questionBody({ models, settings: { question } }: RouteContext) {
  const isModel = (name: string) => models.list().some(({ id }) => id === name);
  return {
    schemas: [
      { name: 'Question', schema: questionSchema(question) },
      { name: 'UiRequest', schema: uiBodySchema(question) },
    ],
    required: true,
    read: (json: unknown) =>
      isUiBody(json)
        ? { protocol: 'ui' as const, request: parseUi(json, question, isModel) }
        : { protocol: 'native' as const, question: parseQuestion(json, question) },
  } satisfies BodyReader<unknown>;
}
