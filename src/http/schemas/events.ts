import { z } from 'zod';
import type {
  CompleteEvent,
  ContentEvent,
  EditReport,
  ErrorEvent,
  FileChange,
  FileCompleteEvent,
  FileDeleteEvent,
  FileStartEvent,
  ProgressEvent,
  ReasoningEvent,
  RedactEvent,
  RunEvent,
  StartEvent,
  StatusEvent,
  StatusUpdateEvent,
  StoppedEvent,
  TerminalEvent,
  Usage,
} from '../../wire/events.ts';
import { errorCodeSchema } from './errors.ts';
import { wireObject, wireSchema } from './wire-schema.ts';

export const usageSchema = wireObject<Usage>()({
  promptTokens: z.int(),
  completionTokens: z.int(),
  reasoningTokens: z.int().meta({ description: 'Part of completionTokens.' }),
  totalTokens: z.int(),
  estimated: z.boolean().meta({ description: 'Counted here, because the provider gave no figure.' }),
});

export const fileChangeSchema = wireObject<FileChange>()({
  fileId: z.string(),
  name: z.string(),
  change: z.enum(['created', 'changed', 'deleted', 'left_out']),
  reason: z.string().optional().meta({ description: 'Why it was left out.' }),
});

export const editReportSchema = wireObject<EditReport>()({
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

export const terminalSchema = wireSchema<TerminalEvent>()(
  z.discriminatedUnion('type', [
    wireObject<CompleteEvent>()({
      type: z.literal('complete'),
      finishReason: z.enum(['stop', 'length', 'content_filter']),
      ...totals,
      valid: z.boolean().optional(),
      validationErrors: z.array(z.string()).optional(),
    }),
    wireObject<StoppedEvent>()({
      type: z.literal('stopped'),
      cause: z.enum(['user_stop', 'reader_left', 'superseded', 'deleted']),
      ...totals,
    }),
    wireObject<ErrorEvent>()({
      type: z.literal('error'),
      code: errorCodeSchema,
      message: z.string(),
      retryable: z.boolean(),
      ...totals,
    }),
  ]),
);

export const runEventSchema = wireSchema<RunEvent>()(
  z.discriminatedUnion('type', [
    wireObject<StartEvent>()({
      type: z.literal('start'),
      chatId: z.string(),
      runId: z.uuid(),
      messageId: z.string(),
      model: z.string(),
      provider: z.string(),
    }),
    wireObject<StatusEvent>()({
      type: z.literal('status'),
      message: z.string(),
      attempt: z.int(),
      of: z.int(),
      retryInMs: z.number(),
      model: z.string().optional(),
      provider: z.string().optional(),
    }),
    wireObject<ContentEvent>()({ type: z.literal('content'), content: z.string(), chunkNumber: z.int() }),
    wireObject<ReasoningEvent>()({ type: z.literal('reasoning'), content: z.string() }),
    wireObject<ProgressEvent>()({
      type: z.literal('progress'),
      chunksReceived: z.int(),
      contentLength: z.int(),
      elapsedMs: z.number(),
    }),
    wireObject<RedactEvent>()({ type: z.literal('redact'), from: z.int(), to: z.int() }),
    wireObject<FileStartEvent>()({ type: z.literal('file_start'), fileId: z.string(), name: z.string() }),
    wireObject<FileCompleteEvent>()({
      type: z.literal('file_complete'),
      fileId: z.string(),
      name: z.string(),
      before: z.string().nullable(),
      after: z.string(),
    }),
    wireObject<FileDeleteEvent>()({
      type: z.literal('file_delete'),
      fileId: z.string(),
      name: z.string(),
      before: z.string(),
    }),
    wireObject<StatusUpdateEvent>()({ type: z.literal('status_update'), status: z.string() }),
    ...terminalSchema.options,
  ]),
).meta({ description: 'One event of the native stream, as in its `data:` line.' });
