import { z } from 'zod';
import { allButLast, fieldOf, historyMessageOf, textOf } from '../../../chat/client-history.ts';
import type { ResponseFormat } from '../../../chat/models.ts';
import type { Question, QuestionLimits } from '../../../chat/question.ts';
import {
  chatIdSchema,
  contentSchema,
  historyOf,
  modelName,
  perLimits,
  stopSchema,
  stopsOf,
  storableText,
  systemPromptOf,
} from '../../../chat/question-fields.ts';
import { responseFormatOf, responseFormatSchema } from '../../../chat/response-format.ts';
import { boundedArray, boundedRecord } from '../../../chat/validation.ts';
import { InvalidRequestError } from '../../../errors.ts';
import { storable } from '../../../runs/text.ts';

/** Fields that would change the answer are refused, not silently ignored. */
const unsupported = (allowed: (value: unknown) => boolean) =>
  z
    .unknown()
    .refine((value) => value === null || allowed(value), 'is not supported')
    .optional();

const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;
const isZero = (value: unknown) => value === 0;

const PARTS = 1_000;
const MOST_SCHEMA_FIELDS = 1_000;

const textPart = z.object({ type: z.literal('text'), text: z.string() });

/** A text, or text parts. The first part of another type is refused by its index. */
const content = z
  .preprocess(
    (value, context) => {
      const odd = Array.isArray(value) && value.length <= PARTS ? value.findIndex(isNoText) : -1;
      if (odd >= 0) context.addIssue({ code: 'custom', path: [odd], message: 'only text is supported' });
      return value;
    },
    z.union(
      [z.string(), boundedArray(textPart, PARTS, 'parts')],
      `must be a text, or a list of at most ${PARTS} text parts`,
    ),
  )
  .nullish()
  .transform(textOf)
  .pipe(storableText);

function isNoText(part: unknown): boolean {
  return fieldOf(part, 'type') !== 'text' || typeof fieldOf(part, 'text') !== 'string';
}

const INSTRUCTIONS = ['system', 'developer'];

const messageSchema = z.object({ role: z.enum(['system', 'developer', 'user', 'assistant']), content });

/** Calls and results of tools are ignored, as is whatever else is not valid in earlier messages. */
function instructionOrHistory(message: unknown): unknown {
  const role = fieldOf(message, 'role');
  return typeof role === 'string' && INSTRUCTIONS.includes(role)
    ? { role, content: storable(textOf(fieldOf(message, 'content'))) }
    : historyMessageOf(message);
}

const formatSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: responseFormatSchema.shape.name,
      schema: boundedRecord(MOST_SCHEMA_FIELDS),
    }),
  }),
]);

/**
 * The body of POST /v1/chat/completions. Fields that would change the answer and are not supported are refused by name;
 * advisory ones (`user`, `seed`, `metadata`, …) are ignored, as OpenAI's own models do with fields they do not know.
 */
export const completionSchema = perLimits(({ messagesPerRequest }) => {
  const messages = boundedArray(messageSchema, messagesPerRequest, 'messages', 1);
  return z.object({
    model: modelName.nullish(),
    messages: z.preprocess(
      allButLast(messagesPerRequest, instructionOrHistory),
      messages.refine((all) => all.at(-1)?.role === 'user', "the last message must be the user's"),
    ),
    stream: z.boolean().nullish(),
    stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    max_tokens: z.int().min(1).max(1_000_000).nullish(),
    max_completion_tokens: z.int().min(1).max(1_000_000).nullish(),
    stop: stopSchema.nullish(),
    response_format: formatSchema.nullish(),
    n: unsupported((n) => n === 1),
    tools: unsupported(isEmpty),
    functions: unsupported(isEmpty),
    logprobs: unsupported((logprobs) => logprobs === false),
    audio: unsupported(() => false),
    frequency_penalty: unsupported(isZero),
    presence_penalty: unsupported(isZero),
  });
});

export interface CompletionRequest {
  question: Question;
  stream: boolean;
  includeUsage: boolean;
}

/** `chatId`: the header X-Chat-Id; without it the question gets a chat of its own. Throws InvalidRequestError. */
export function completionRequestOf(
  body: z.output<ReturnType<typeof completionSchema>>,
  chatId: string | undefined,
  limits: QuestionLimits,
): CompletionRequest {
  const { messages, model, stream, stream_options, ...rest } = body;
  const last = `messages.${messages.length - 1}.content`;
  const content = field(contentSchema(limits), last, messages.at(-1)?.content);
  return {
    stream: stream ?? false,
    includeUsage: stream_options?.include_usage ?? false,
    question: {
      chatId: chatId === undefined ? null : field(chatIdSchema, 'X-Chat-Id', chatId),
      systemPrompt: systemPromptOf(messages, INSTRUCTIONS),
      history: historyOf(messages.slice(0, -1)),
      content,
      clientId: null,
      model: model ?? undefined,
      parameters: {
        temperature: rest.temperature ?? undefined,
        topP: rest.top_p ?? undefined,
        maxOutputTokens: rest.max_completion_tokens ?? rest.max_tokens ?? undefined,
        stop: stopsOf(rest.stop),
        responseFormat: formatOf(rest.response_format),
      },
      onDisconnect: undefined,
    },
  };
}

function formatOf(format: z.infer<typeof formatSchema> | null | undefined): ResponseFormat | undefined {
  if (format?.type === 'json_object')
    return { type: 'json_schema', name: 'object', schema: { type: 'object' } };
  return format?.type === 'json_schema'
    ? responseFormatOf({ type: 'json_schema', ...format.json_schema })
    : undefined;
}

/** Parses one value; errors name it as the client does. Throws InvalidRequestError. */
function field<Output>(schema: z.ZodType<Output>, name: string, value: unknown): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw InvalidRequestError.field(name, result.error.issues.map(({ message }) => message).join('; '));
}
