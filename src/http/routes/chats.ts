import { z } from 'zod';
import { ownerIdOf } from '../../auth/principal.ts';
import { exportChat, jsonPieces, markdownPieces } from '../../chat/export.ts';
import { chatOf, viewChat } from '../../chat/view.ts';
import { NotFoundError } from '../../errors.ts';
import type { RouteContext } from '../context.ts';
import { native } from '../protocols/native/encoder.ts';
import { renameSchema } from '../protocols/native/request.ts';
import { protocolNamed } from '../protocols/registry.ts';
import { ui } from '../protocols/ui/encoder.ts';
import { uiChat } from '../protocols/ui/message.ts';
import { jsonBody } from '../routing/body.ts';
import { EXAMPLE_CHAT, jsonReply } from '../routing/documentation.ts';
import { sendJson, sendNothing, sendPieces } from '../routing/reply.ts';
import { type Route, route } from '../routing/route.ts';
import {
  chatListSchema,
  chatViewSchema,
  exportSchema,
  renamedSchema,
  uiChatViewSchema,
} from '../schemas/chats.ts';
import { chatParams, pageQuery } from './parameters.ts';

const messagesQuery = pageQuery.extend({
  include: z.literal('superseded').optional(),
  protocol: z.string().optional(),
});

const exportQuery = z.strictObject({
  format: z.enum(['json', 'markdown']).default('json'),
  include: z.literal('superseded').optional(),
});

const exampleParams = { chatId: EXAMPLE_CHAT };

/** Chats as they are stored: list, read, rename, export, delete. */
export function chatRoutes({ chats, store, runs, audit }: RouteContext): Route[] {
  return [
    route({
      method: 'GET',
      path: '/chats',
      needs: { action: 'list', resource: 'chat' },
      query: pageQuery,
      doc: {
        tag: 'Chats',
        summary: 'List chats, the newest first',
        replies: { 200: jsonReply('A page', 'ChatList', chatListSchema) },
        examples: [{ name: 'the first ten', status: 200, query: { limit: '10' } }],
      },
      handle: async (call) => {
        const { limit, cursor } = call.query;
        const { items, nextCursor } = await store.list(ownerIdOf(call.principal), limit, cursor ?? null);
        sendJson(call, { chats: items, nextCursor });
      },
    }),

    route({
      method: 'GET',
      path: '/chat/:chatId',
      needs: { action: 'read', resource: 'chat' },
      params: chatParams,
      query: messagesQuery,
      doc: {
        tag: 'Chats',
        summary: 'Read a chat, the live text of its answer included',
        description:
          '`protocol=ui` gives messages as `useChat` keeps them, without the one that streams now.',
        replies: {
          200: {
            description: 'A page of its messages',
            schemas: [
              { name: 'ChatView', schema: chatViewSchema },
              { name: 'UiChatView', schema: uiChatViewSchema },
            ],
          },
        },
        examples: [
          { name: 'as it is', status: 200, params: exampleParams },
          { name: 'for useChat', status: 200, params: exampleParams, query: { protocol: 'ui' } },
        ],
      },
      handle: async (call) => {
        const { chatId } = call.params;
        const { limit, cursor, include, protocol } = call.query;
        const asUi = protocolNamed(protocol ?? native.name) === ui;
        const options = { limit, cursor: cursor ?? null, superseded: include === 'superseded' };
        const view = await viewChat(store, runs, chatId, options);
        if (!view) throw new NotFoundError(`Chat ${chatId}`);
        sendJson(call, asUi ? uiChat(view) : view);
      },
    }),

    route({
      method: 'PATCH',
      path: '/chat/:chatId',
      needs: { action: 'write', resource: 'chat' },
      params: chatParams,
      body: jsonBody('Rename', renameSchema),
      doc: {
        tag: 'Chats',
        summary: 'Rename a chat',
        replies: { 200: jsonReply('Renamed', 'Renamed', renamedSchema) },
        examples: [{ name: 'rename', status: 200, params: exampleParams, body: { title: 'About runs' } }],
      },
      handle: async (call) => {
        const { chatId } = call.params;
        await chats.rename(chatId, call.body.title);
        const chat = await store.head(chatId);
        sendJson(call, { chat: chat && chatOf(chat) });
      },
    }),

    route({
      method: 'DELETE',
      path: '/chat/:chatId',
      needs: { action: 'write', resource: 'chat' },
      params: chatParams,
      doc: {
        tag: 'Chats',
        summary: 'Delete a chat, and stop what runs in it',
        replies: { 204: { description: 'It is gone.' } },
        examples: [{ name: 'delete', status: 204, params: { chatId: 'example-ui-chat' } }],
      },
      handle: async (call) => {
        const { chatId } = call.params;
        await chats.delete(chatId);
        await audit.record(call.principal, 'chat.deleted', 'chat', chatId, call.request);
        sendNothing(call);
      },
    }),

    route({
      method: 'GET',
      path: '/chat/:chatId/export',
      needs: { action: 'read', resource: 'chat' },
      params: chatParams,
      query: exportQuery,
      doc: {
        tag: 'Chats',
        summary: 'Download a whole chat',
        replies: { 200: jsonReply('JSON, or Markdown', 'Export', exportSchema) },
        examples: [{ name: 'as JSON', status: 200, params: exampleParams, query: { format: 'json' } }],
      },
      handle: async (call) => {
        const { chatId } = call.params;
        const { format, include } = call.query;
        const opened = await exportChat(store, runs, chatId, include === 'superseded');
        if (!opened) throw new NotFoundError(`Chat ${chatId}`);
        await audit.record(call.principal, 'chat.exported', 'chat', chatId, call.request);
        const [type, ending, pieces] =
          format === 'json'
            ? (['application/json', 'json', jsonPieces(opened)] as const)
            : (['text/markdown', 'md', markdownPieces(opened)] as const);
        call.response.setHeader('content-disposition', `attachment; filename=${chatId}.${ending}`);
        await sendPieces(call, `${type}; charset=utf-8`, pieces);
      },
    }),
  ];
}
