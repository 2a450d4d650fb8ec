import { z } from 'zod';
import { asMarkdown, collectChat } from '../chat/export.ts';
import { parse, parseEdit, parseQuestion, parseRegeneration, renameSchema } from '../chat/question.ts';
import { chatOf, viewChat } from '../chat/view.ts';
import { NotFoundError } from '../errors.ts';
import type { Followable } from '../runs/runs.ts';
import type { RouteContext } from './context.ts';
import { native } from './native.ts';
import { protocolNamed } from './protocols.ts';
import { chatIdOf, contextOf, queryOf } from './request.ts';
import { type Call, get, patch, post, type Route, remove, sendJson, sendNothing } from './route.ts';
import { streamRun } from './stream.ts';
import { UiAnswers } from './ui/answer.ts';
import { ui } from './ui/encoder.ts';
import { uiChat } from './ui/message.ts';
import { isUiBody } from './ui/request.ts';

/** The query of GET /api/chats. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(200).optional(),
});

/** The query of GET /api/chat/{id}. */
export const messagesQuery = pageQuery.extend({
  include: z.literal('superseded').optional(),
  protocol: z.string().optional(),
});

/** The query of GET /api/chat/{id}/export. */
export const exportQuery = z.strictObject({
  format: z.enum(['json', 'markdown']).default('json'),
  include: z.literal('superseded').optional(),
});

/** Chats and what is in them. */
export function chatRoutes(context: RouteContext): Route[] {
  const { chats, store, runs, settings } = context;
  const uiAnswers = new UiAnswers(context);

  return [
    post('/chat', async (call) => {
      if (isUiBody(call.body)) {
        const run = await uiAnswers.answer(call.body, contextOf(call, ui.name));
        streamRun(call.response, run, 0, ui, context);
        return;
      }
      const question = parseQuestion(call.body, settings.question);
      stream(call, await chats.ask(question, contextOf(call, native.name)));
    }),

    get('/chats', async (call) => {
      const { limit, cursor } = parse(pageQuery, queryOf(call));
      const { items, nextCursor } = await store.list(limit, cursor ?? null);
      sendJson(call, { chats: items, nextCursor });
    }),

    get('/chat/:chatId', async (call) => {
      const chatId = chatIdOf(call);
      const { limit, cursor, include, protocol } = parse(messagesQuery, queryOf(call));
      const asUi = protocolNamed(protocol ?? native.name) === ui;
      const options = { limit, cursor: cursor ?? null, superseded: include === 'superseded' };
      const view = await viewChat(store, runs, chatId, options);
      if (!view) throw new NotFoundError(`Chat ${chatId}`);
      sendJson(call, asUi ? uiChat(view) : view);
    }),

    patch('/chat/:chatId', async (call) => {
      const chatId = chatIdOf(call);
      await chats.rename(chatId, parse(renameSchema, call.body).title);
      const chat = await store.head(chatId);
      sendJson(call, { chat: chat && chatOf(chat) });
    }),

    remove('/chat/:chatId', async (call) => {
      await chats.delete(chatIdOf(call));
      sendNothing(call);
    }),

    post('/chat/:chatId/regenerate', async (call) => {
      const regeneration = parseRegeneration(call.body);
      stream(call, await chats.regenerate(chatIdOf(call), regeneration, contextOf(call, native.name)));
    }),

    post('/chat/:chatId/edit', async (call) => {
      const edit = parseEdit(call.body, settings.question);
      stream(call, await chats.edit(chatIdOf(call), edit, contextOf(call, native.name)));
    }),

    get('/chat/:chatId/export', async (call) => {
      const chatId = chatIdOf(call);
      const { format, include } = parse(exportQuery, queryOf(call));
      const whole = await collectChat(store, runs, chatId, include === 'superseded');
      if (!whole) throw new NotFoundError(`Chat ${chatId}`);
      const { response } = call;
      const asFile = (ending: string) =>
        response.setHeader('content-disposition', `attachment; filename=${chatId}.${ending}`);
      if (format === 'json') {
        asFile('json');
        sendJson(call, whole);
        return;
      }
      asFile('md');
      response.writeHead(200, { 'content-type': 'text/markdown; charset=utf-8' }).end(asMarkdown(whole));
    }),
  ];

  function stream({ response }: Call, run: Followable): void {
    streamRun(response, run, 0, native, context);
  }
}
