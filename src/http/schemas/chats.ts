import { z } from 'zod';
import type { Chat, ChatList, ChatPage, ChatSummary, StoredMessage } from '../../wire/messages.ts';
import { fileChangeSchema } from './events.ts';
import { wireObject, wireSchema } from './wire-schema.ts';

const moment = z.iso.datetime();
const runId = z.uuid();
const eventId = z.string().meta({ description: '`<runId>:<position>`, for Last-Event-ID' });

const chatSchema = wireObject<Chat>()({
  id: z.string(),
  title: z.string(),
  systemPrompt: z.string().nullable(),
  createdAt: moment,
  updatedAt: moment,
});

const messageSchema = wireObject<StoredMessage>()({
  id: z.string(),
  chatId: z.string(),
  position: z.int().meta({ description: '0, 1, 2 … within the chat; never reused.' }),
  role: z.enum(['user', 'assistant']),
  status: z.enum(['streaming', 'complete', 'stopped', 'interrupted', 'failed']),
  content: z.string(),
  reasoning: z.string().nullable(),
  tokens: z.int().nullable(),
  clientId: z.string().nullable(),
  runId: z.string().nullable().meta({ description: 'The run that wrote it, or does; null: none did.' }),
  cause: z.string().nullable().meta({
    description:
      'Why that run ended: `stop`, `length`, `content_filter`, a stop cause, `shutdown`, `crash`, or the code of an error. Null: it has not, or none wrote it.',
  }),
  edits: z
    .array(fileChangeSchema)
    .nullable()
    .meta({ description: 'What it did to the files of a workspace; null: nothing.' }),
  createdAt: moment,
  supersededAt: moment.nullable(),
});

const uiMessageSchema = z.object({
  id: z.string(),
  role: z.enum(['user', 'assistant']),
  metadata: z.object({ status: z.string(), createdAt: moment }),
  parts: z.array(
    z.object({
      type: z.enum(['text', 'reasoning']),
      text: z.string(),
      state: z.literal('done').optional(),
    }),
  ),
});

const chatView = {
  chat: chatSchema,
  activeRun: z.object({ runId, lastEventId: eventId }).nullable(),
  nextCursor: z.string().nullable(),
};

export const chatViewSchema = wireObject<ChatPage>()({ ...chatView, messages: z.array(messageSchema) });
export const uiChatViewSchema = z.object({ ...chatView, messages: z.array(uiMessageSchema) });

export const chatListSchema = wireObject<ChatList>()({
  chats: z.array(wireSchema<ChatSummary>()(chatSchema.extend({ messageCount: z.int() }))),
  nextCursor: z.string().nullable(),
});

export const renamedSchema = z.object({ chat: chatSchema });
export const exportSchema = z.object({ chat: chatSchema, messages: z.array(messageSchema) });
