import { z } from 'zod';

/** What the service answers. Requests are described by the schemas that validate them. */

const moment = z.iso.datetime();
const runId = z.uuid();
const eventId = z.string().meta({ description: '`<runId>:<position>`, for Last-Event-ID' });

export const errorSchema = z
  .object({
    error: z.object({
      code: z.string(),
      message: z.string(),
      details: z.array(z.object({ field: z.string(), message: z.string() })).optional(),
      requestId: z.string().optional(),
    }),
  })
  .meta({ description: 'Every error of every route.' });

export const openaiErrorSchema = z.object({
  error: errorSchema.shape.error.extend({ type: z.string(), param: z.string().nullable() }),
});

export const usageSchema = z.object({
  promptTokens: z.int(),
  completionTokens: z.int(),
  reasoningTokens: z.int().meta({ description: 'Part of completionTokens.' }),
  totalTokens: z.int(),
  estimated: z.boolean().meta({ description: 'Counted here, because the provider gave no figure.' }),
});

const fileChangeSchema = z.object({
  fileId: z.string(),
  name: z.string(),
  change: z.enum(['created', 'changed', 'deleted', 'left_out']),
  reason: z.string().optional().meta({ description: 'Why it was left out.' }),
});

export const editReportSchema = z.object({
  outcome: z.enum(['applied', 'kept', 'rolled_back']),
  files: z.array(fileChangeSchema),
});

const totals = {
  totalChunks: z.int(),
  finalContentLength: z.int(),
  totalTime: z.number(),
  timeToFirstToken: z.number().nullable(),
  usage: usageSchema,
  edit: editReportSchema.optional().meta({ description: 'Edits of a workspace only.' }),
};

const finishReason = z.enum(['stop', 'length', 'content_filter']);

export const terminalSchema = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('complete'),
    finishReason,
    ...totals,
    valid: z.boolean().optional(),
    validationErrors: z.array(z.string()).optional(),
  }),
  z.object({
    type: z.literal('stopped'),
    cause: z.enum(['user_stop', 'reader_left', 'superseded', 'deleted']),
    ...totals,
  }),
  z.object({
    type: z.literal('error'),
    code: z.string(),
    message: z.string(),
    retryable: z.boolean(),
    ...totals,
  }),
]);

export const runEventSchema = z
  .discriminatedUnion('type', [
    z.object({
      type: z.literal('start'),
      chatId: z.string(),
      runId,
      messageId: z.string(),
      model: z.string(),
      provider: z.string(),
    }),
    z.object({
      type: z.literal('status'),
      message: z.string(),
      attempt: z.int(),
      of: z.int(),
      retryInMs: z.number(),
    }),
    z.object({ type: z.literal('content'), content: z.string(), chunkNumber: z.int() }),
    z.object({ type: z.literal('reasoning'), content: z.string() }),
    z.object({
      type: z.literal('progress'),
      chunksReceived: z.int(),
      contentLength: z.int(),
      elapsedMs: z.number(),
    }),
    z.object({ type: z.literal('redact'), from: z.int(), to: z.int() }),
    z.object({ type: z.literal('file_start'), fileId: z.string(), name: z.string() }),
    z.object({
      type: z.literal('file_complete'),
      fileId: z.string(),
      name: z.string(),
      before: z.string().nullable(),
      after: z.string(),
    }),
    z.object({ type: z.literal('file_delete'), fileId: z.string(), name: z.string(), before: z.string() }),
    z.object({ type: z.literal('status_update'), status: z.string() }),
    ...terminalSchema.options,
  ])
  .meta({ description: 'One event of the native stream, as in its `data:` line.' });

export const chatSchema = z.object({
  id: z.string(),
  title: z.string(),
  systemPrompt: z.string().nullable(),
  createdAt: moment,
  updatedAt: moment,
});

export const messageSchema = z.object({
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
  edits: z
    .array(fileChangeSchema)
    .nullable()
    .meta({ description: 'What it did to the files of a workspace; null: nothing.' }),
  createdAt: moment,
  supersededAt: moment.nullable(),
});

export const uiMessageSchema = z.object({
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

export const chatViewSchema = z.object({ ...chatView, messages: z.array(messageSchema) });
export const uiChatViewSchema = z.object({ ...chatView, messages: z.array(uiMessageSchema) });

export const chatListSchema = z.object({
  chats: z.array(chatSchema.extend({ messageCount: z.int() })),
  nextCursor: z.string().nullable(),
});

export const renamedSchema = z.object({ chat: chatSchema });
export const exportSchema = z.object({ chat: chatSchema, messages: z.array(messageSchema) });

const run = {
  runId,
  chatId: z.string(),
  messageId: z.string(),
  provider: z.string(),
  model: z.string(),
  createdAt: moment,
  lastEventId: eventId,
};

export const runSchema = z.object({
  ...run,
  protocol: z.string(),
  terminal: terminalSchema.nullable().meta({ description: 'Null while it is live.' }),
});

export const liveRunsSchema = z.object({
  runs: z.array(z.object({ ...run, chunks: z.int(), characters: z.int() })),
});
