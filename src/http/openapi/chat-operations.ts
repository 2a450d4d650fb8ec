import {
  editSchema,
  type QuestionLimits,
  questionSchema,
  regenerationSchema,
  renameSchema,
} from '../../chat/question.ts';
import { exportQuery, messagesQuery, pageQuery } from '../chat-routes.ts';
import { uiBodySchema } from '../ui/request.ts';
import { EVENT_STREAM_REPLY, EXAMPLE_CHAT, type Operation } from './operation.ts';
import { chatListSchema, chatViewSchema, exportSchema, renamedSchema, uiChatViewSchema } from './schemas.ts';

const path = { chatId: EXAMPLE_CHAT };

export function chatOperations(limits: QuestionLimits): Operation[] {
  return [
    {
      method: 'post',
      path: '/api/chat',
      tag: 'Chats',
      summary: 'Ask, and stream the answer',
      description:
        'The native body, or what `useChat` of the Vercel AI SDK sends; each is answered in its own protocol.',
      headers: ['Idempotency-Key'],
      body: {
        schema: [
          { name: 'Question', schema: questionSchema(limits) },
          { name: 'UiRequest', schema: uiBodySchema },
        ],
      },
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
    {
      method: 'get',
      path: '/api/chats',
      tag: 'Chats',
      summary: 'List chats, the newest first',
      query: pageQuery,
      replies: { 200: { description: 'A page', schema: { name: 'ChatList', schema: chatListSchema } } },
      examples: [{ name: 'the first ten', status: 200, query: { limit: '10' } }],
    },
    {
      method: 'get',
      path: '/api/chat/{chatId}',
      tag: 'Chats',
      summary: 'Read a chat, the live text of its answer included',
      description: '`protocol=ui` gives messages as `useChat` keeps them, without the one that streams now.',
      query: messagesQuery,
      replies: {
        200: {
          description: 'A page of its messages',
          schema: [
            { name: 'ChatView', schema: chatViewSchema },
            { name: 'UiChatView', schema: uiChatViewSchema },
          ],
        },
      },
      examples: [
        { name: 'as it is', status: 200, path },
        { name: 'for useChat', status: 200, path, query: { protocol: 'ui' } },
      ],
    },
    {
      method: 'patch',
      path: '/api/chat/{chatId}',
      tag: 'Chats',
      summary: 'Rename a chat',
      body: { schema: { name: 'Rename', schema: renameSchema } },
      replies: { 200: { description: 'Renamed', schema: { name: 'Renamed', schema: renamedSchema } } },
      examples: [{ name: 'rename', status: 200, path, body: { title: 'About runs' } }],
    },
    {
      method: 'post',
      path: '/api/chat/{chatId}/regenerate',
      tag: 'Chats',
      summary: 'Answer the last question again',
      headers: ['Idempotency-Key'],
      body: { schema: { name: 'Regeneration', schema: regenerationSchema }, required: false },
      replies: { 200: EVENT_STREAM_REPLY },
      examples: [{ name: 'hotter', status: 200, path, body: { options: { temperature: 1 } } }],
    },
    {
      method: 'post',
      path: '/api/chat/{chatId}/edit',
      tag: 'Chats',
      summary: 'Say a question differently',
      description: 'The question and everything after it is superseded by the new one and its answer.',
      headers: ['Idempotency-Key'],
      body: { schema: { name: 'Edit', schema: editSchema(limits) } },
      replies: { 200: EVENT_STREAM_REPLY },
      examples: [
        {
          name: 'edit',
          status: 200,
          path: { chatId: 'example-ui-chat' },
          body: { messageId: 'm1', content: 'What is a run, briefly?' },
        },
      ],
    },
    {
      method: 'get',
      path: '/api/chat/{chatId}/export',
      tag: 'Chats',
      summary: 'Download a whole chat',
      query: exportQuery,
      replies: {
        200: { description: 'JSON, or Markdown', schema: { name: 'Export', schema: exportSchema } },
      },
      examples: [{ name: 'as JSON', status: 200, path, query: { format: 'json' } }],
    },
    {
      method: 'delete',
      path: '/api/chat/{chatId}',
      tag: 'Chats',
      summary: 'Delete a chat, and stop what runs in it',
      replies: { 204: { description: 'It is gone.' } },
      examples: [{ name: 'delete', status: 204, path: { chatId: 'example-ui-chat' } }],
    },
  ];
}
