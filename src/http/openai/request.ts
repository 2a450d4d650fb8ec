import { z } from 'zod';
import type { ResponseFormat } from '../../chat/models.ts';
import {
  chatIdSchema,
  contentSchema,
  modelName,
  parse,
  type Question,
  type QuestionLimits,
  storableText,
} from '../../chat/question.ts';
import { responseFormatOf, responseFormatSchema } from '../../chat/response-format.ts';
import { InvalidRequestError } from '../../errors.ts';

/** Nobody would like an answer that silently left these out. */
const unsupported = (allowed: (value: unknown) => boolean) =>
  z
    .unknown()
    .refine((value) => value === null || allowed(value), 'is not supported')
    .optional();

const isEmpty = (value: unknown) => Array.isArray(value) && value.length === 0;
const isZero = (value: unknown) => value === 0;

const textPart = z.object({ type: z.literal('text', 'only text is supported'), text: z.string() });

const messageSchema = z.object({
  role: z.enum(['system', 'developer', 'user', 'assistant']),
  content: z
    .union([z.string(), z.array(textPart)])
    .nullish()
    .transform((content) =>
      typeof content === 'string' ? content : (content ?? []).map(({ text }) => text).join(''),
    )
    .pipe(storableText),
});

const formatSchema = z.discriminatedUnion('type', [
  z.object({ type: z.literal('text') }),
  z.object({ type: z.literal('json_object') }),
  z.object({
    type: z.literal('json_schema'),
    json_schema: z.object({
      name: responseFormatSchema.shape.name,
      schema: z.record(z.string(), z.unknown()),
    }),
  }),
]);

/**
 * The body of POST /v1/chat/completions. What would change the answer and cannot be done is refused by name; what only
 * advises (`user`, `seed`, `metadata`, …) is passed over, as OpenAI's own models do with what they do not know.
 */
export function completionSchema(limits: QuestionLimits) {
  return z.object({
    model: modelName.optional(),
    messages: z
      .array(messageSchema)
      .min(1, 'must have at least one message')
      .max(limits.messagesPerRequest, `must have at most ${limits.messagesPerRequest} messages`)
      .refine((messages) => messages.at(-1)?.role === 'user', "the last message must be the user's"),
    stream: z.boolean().nullish(),
    stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
    temperature: z.number().min(0).max(2).nullish(),
    top_p: z.number().min(0).max(1).nullish(),
    max_tokens: z.int().min(1).max(1_000_000).nullish(),
    max_completion_tokens: z.int().min(1).max(1_000_000).nullish(),
    stop: z.union([z.string().min(1), z.array(z.string().min(1)).max(4)]).nullish(),
    response_format: formatSchema.nullish(),
    n: unsupported((n) => n === 1),
    tools: unsupported(isEmpty),
    functions: unsupported(isEmpty),
    logprobs: unsupported((logprobs) => logprobs === false),
    audio: unsupported(() => false),
    frequency_penalty: unsupported(isZero),
    presence_penalty: unsupported(isZero),
  });
}

export interface CompletionRequest {
  question: Question;
  stream: boolean;
  includeUsage: boolean;
}

/** `chatId`: the header X-Chat-Id; without it the question gets a chat of its own. Throws InvalidRequestError. */
export function parseCompletion(
  body: unknown,
  chatId: string | undefined,
  limits: QuestionLimits,
): CompletionRequest {
  const { messages, model, stream, stream_options, ...rest } = parse(completionSchema(limits), body);
  const last = `messages.${messages.length - 1}.content`;
  const content = field(contentSchema(limits), last, messages.at(-1)?.content);
  const prompts = messages.filter(({ role }) => role === 'system' || role === 'developer');
  const systemPrompt = prompts.map((prompt) => prompt.content).join('\n\n');
  return {
    stream: stream ?? false,
    includeUsage: stream_options?.include_usage ?? false,
    question: {
      chatId: chatId === undefined ? null : field(chatIdSchema, 'X-Chat-Id', chatId),
      systemPrompt: systemPrompt === '' ? undefined : systemPrompt,
      history: messages
        .slice(0, -1)
        .flatMap(({ role, content }) =>
          (role === 'user' || role === 'assistant') && content !== ''
            ? [{ role, content, clientId: null }]
            : [],
        ),
      content,
      clientId: null,
      model,
      parameters: {
        temperature: rest.temperature ?? undefined,
        topP: rest.top_p ?? undefined,
        maxOutputTokens: rest.max_completion_tokens ?? rest.max_tokens ?? undefined,
        stop: rest.stop ? [rest.stop].flat() : undefined,
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

/** Parses one value under the name that the client knows it by. */
function field<Output>(schema: z.ZodType<Output>, name: string, value: unknown): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw InvalidRequestError.field(name, result.error.issues.map(({ message }) => message).join('; '));
}
