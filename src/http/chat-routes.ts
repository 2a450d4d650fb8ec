import { Router } from 'express';
import { z } from 'zod';
import { asMarkdown, collectChat } from '../chat/export.ts';
import { parse, parseEdit, parseQuestion, parseRegeneration, renameSchema } from '../chat/question.ts';
import { chatOf, viewChat } from '../chat/view.ts';
import { NotFoundError } from '../errors.ts';
import type { HttpContext } from './context.ts';
import { onlyMethods } from './errors.ts';
import { native } from './native.ts';
import { protocolNamed } from './protocols.ts';
import { chatIdOf, contextOf } from './request.ts';
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
export function chatRoutes(context: HttpContext): Router {
  const { chats, store, runs, settings } = context;
  const router = Router();
  const uiAnswers = new UiAnswers(context);

  router
    .route('/chat')
    .post(async (request, response) => {
      if (isUiBody(request.body)) {
        const run = await uiAnswers.answer(request.body, contextOf(request, ui.name));
        streamRun(response, run, 0, ui, settings.heartbeatMs);
        return;
      }
      const question = parseQuestion(request.body, settings.question);
      const run = await chats.ask(question, contextOf(request, native.name));
      streamRun(response, run, 0, native, settings.heartbeatMs);
    })
    .all(onlyMethods('POST'));

  router
    .route('/chats')
    .get(async (request, response) => {
      const { limit, cursor } = parse(pageQuery, request.query);
      const { items, nextCursor } = await store.list(limit, cursor ?? null);
      response.json({ chats: items, nextCursor });
    })
    .all(onlyMethods('GET'));

  router
    .route('/chat/:chatId')
    .get(async (request, response) => {
      const chatId = chatIdOf(request);
      const { limit, cursor, include, protocol } = parse(messagesQuery, request.query);
      const asUi = protocolNamed(protocol ?? native.name) === ui;
      const options = { limit, cursor: cursor ?? null, superseded: include === 'superseded' };
      const view = await viewChat(store, runs, chatId, options);
      if (!view) throw new NotFoundError(`Chat ${chatId}`);
      response.json(asUi ? uiChat(view) : view);
    })
    .patch(async (request, response) => {
      const chatId = chatIdOf(request);
      await chats.rename(chatId, parse(renameSchema, request.body).title);
      const chat = await store.head(chatId);
      response.json({ chat: chat && chatOf(chat) });
    })
    .delete(async (request, response) => {
      await chats.delete(chatIdOf(request));
      response.status(204).end();
    })
    .all(onlyMethods('GET', 'PATCH', 'DELETE'));

  router
    .route('/chat/:chatId/regenerate')
    .post(async (request, response) => {
      const regeneration = parseRegeneration(request.body);
      const run = await chats.regenerate(chatIdOf(request), regeneration, contextOf(request, native.name));
      streamRun(response, run, 0, native, settings.heartbeatMs);
    })
    .all(onlyMethods('POST'));

  router
    .route('/chat/:chatId/edit')
    .post(async (request, response) => {
      const edit = parseEdit(request.body, settings.question);
      const run = await chats.edit(chatIdOf(request), edit, contextOf(request, native.name));
      streamRun(response, run, 0, native, settings.heartbeatMs);
    })
    .all(onlyMethods('POST'));

  router
    .route('/chat/:chatId/export')
    .get(async (request, response) => {
      const chatId = chatIdOf(request);
      const { format, include } = parse(exportQuery, request.query);
      const whole = await collectChat(store, runs, chatId, include === 'superseded');
      if (!whole) throw new NotFoundError(`Chat ${chatId}`);
      response.attachment(`${chatId}.${format === 'markdown' ? 'md' : 'json'}`);
      if (format === 'markdown') response.type('text/markdown; charset=utf-8').send(asMarkdown(whole));
      else response.json(whole);
    })
    .all(onlyMethods('GET'));

  return router;
}
