import { z } from 'zod';
import { InvalidRequestError } from '../errors.ts';
import type { OnDisconnect } from '../runs/run.ts';
import type { Parameters } from './models.ts';
import { responseFormatOf, responseFormatSchema } from './response-format.ts';
import type { Role } from './store.ts';

export interface QuestionLimits {
  messagesPerRequest: number;
  messageChars: number;
}

/** How an answer is to be generated: what every request that begins a run may say. */
export interface Generation {
  /** Absent: the default model. */
  model: string | undefined;
  parameters: Parameters;
  onDisconnect: OnDisconnect | undefined;
}

/** What every protocol's question comes down to. */
export interface Question extends Generation {
  /** Null: a new chat. */
  chatId: string | null;
  /** The request's system prompt; undefined when it has none. */
  systemPrompt: string | undefined;
  /** What it says was said before; imported only into an unknown chat (CHAT-3). */
  history: ReadonlyArray<{ role: Role; content: string; clientId: string | null }>;
  content: string;
  clientId: string | null;
}

export interface Regeneration extends Generation {
  /** The answer to replace, or its question; absent: the last. */
  messageId: string | undefined;
}

export interface Edit extends Generation {
  messageId: string;
  content: string;
  /** The id that the client gives the new message; null: none. */
  clientId: string | null;
}

export const chatIdSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 characters of A-Z, a-z, 0-9, _ and -');

/** No database holds a NUL or half a character; better to refuse it than to change what somebody wrote. */
export const storableText = z
  .string()
  .refine(
    (text) => text.isWellFormed() && !text.includes('\0'),
    'must not contain NUL or half a surrogate pair',
  );

export const optionsSchema = z.strictObject({
  temperature: z.number().min(0).max(2).optional(),
  topP: z.number().min(0).max(1).optional(),
  maxOutputTokens: z.int().min(1).max(1_000_000).optional(),
  stop: z.union([z.string().min(1), z.array(z.string().min(1)).min(1).max(4)]).optional(),
  responseFormat: responseFormatSchema.optional(),
  onDisconnect: z.enum(['continue', 'cancel']).optional(),
});

export const modelName = z.string().min(1).max(200);
const messageId = z.string().min(1).max(200);

/** What somebody asks. */
export function contentSchema({ messageChars }: QuestionLimits) {
  return storableText
    .max(messageChars, `must be at most ${messageChars} characters`)
    .refine((text) => text.trim() !== '', 'must not be empty');
}

/** Building a schema costs a hundred times what using it does, so each is built once for the limits of a server. */
function perLimits<Schema>(build: (limits: QuestionLimits) => Schema): (limits: QuestionLimits) => Schema {
  const built = new WeakMap<QuestionLimits, Schema>();
  return (limits) => {
    const known = built.get(limits) ?? build(limits);
    built.set(limits, known);
    return known;
  };
}

/** The native body of POST /api/chat (CHAT-1). Strict: what it does not know, it refuses by name. */
export const questionSchema = perLimits((limits) => {
  const { messagesPerRequest } = limits;
  const message = z.strictObject({
    role: z.enum(['system', 'user', 'assistant']),
    content: contentSchema(limits),
  });
  return z.strictObject({
    chatId: chatIdSchema.optional(),
    messages: z
      .array(message)
      .min(1, 'must have at least one message')
      .max(messagesPerRequest, `must have at most ${messagesPerRequest} messages`)
      .refine((messages) => messages.at(-1)?.role === 'user', "the last message must be the user's"),
    model: modelName.optional(),
    options: optionsSchema.optional(),
  });
});

/** The body of POST /api/chat/{id}/regenerate. */
export const regenerationSchema = z.strictObject({
  messageId: messageId.optional(),
  model: modelName.optional(),
  options: optionsSchema.optional(),
});

/** The body of POST /api/chat/{id}/edit. */
export const editSchema = perLimits((limits) => {
  return z.strictObject({
    messageId,
    content: contentSchema(limits),
    model: modelName.optional(),
    options: optionsSchema.optional(),
  });
});

/** The body of PATCH /api/chat/{id}. */
export const renameSchema = z.strictObject({
  title: storableText
    .max(200, 'must be at most 200 characters')
    .refine((title) => title.trim() !== '', 'must not be empty'),
});

export type QuestionBody = z.infer<ReturnType<typeof questionSchema>>;
type Options = z.infer<typeof optionsSchema>;

/** Validates a body of the native protocol. Throws InvalidRequestError that names each wrong field. */
export function parseQuestion(body: unknown, limits: QuestionLimits): Question {
  const { chatId, messages, ...rest } = parse(questionSchema(limits), body);
  const spoken = messages.filter(({ role }) => role !== 'system');
  return {
    ...generationOf(rest),
    chatId: chatId ?? null,
    systemPrompt: systemPromptOf(messages),
    history: spoken.slice(0, -1).map(({ role, content }) => ({
      role: role === 'assistant' ? 'assistant' : 'user',
      content,
      clientId: null,
    })),
    content: messages.at(-1)?.content ?? '',
    clientId: null,
  };
}

export function parseRegeneration(body: unknown): Regeneration {
  const { messageId, ...rest } = parse(regenerationSchema, body ?? {});
  return { ...generationOf(rest), messageId };
}

export function parseEdit(body: unknown, limits: QuestionLimits): Edit {
  const { messageId, content, ...rest } = parse(editSchema(limits), body);
  return { ...generationOf(rest), messageId, content, clientId: null };
}

function generationOf(body: { model?: string | undefined; options?: Options | undefined }): Generation {
  return { model: body.model, ...optionsOf(body.options) };
}

/** The options of a native body, also where other protocols carry them. */
export function optionsOf(options: Options | undefined): Omit<Generation, 'model'> {
  const { stop, responseFormat, onDisconnect, ...parameters } = options ?? {};
  return {
    parameters: {
      ...parameters,
      ...(stop === undefined ? {} : { stop: [stop].flat() }),
      ...(responseFormat === undefined ? {} : { responseFormat: responseFormatOf(responseFormat) }),
    },
    onDisconnect,
  };
}

function systemPromptOf(messages: QuestionBody['messages']): string | undefined {
  const prompts = messages.filter(({ role }) => role === 'system').map(({ content }) => content);
  return prompts.length === 0 ? undefined : prompts.join('\n\n');
}

/** Parses at the boundary; everything behind it trusts the type. */
export function parse<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const details = result.error.issues.flatMap((issue) => {
    const path = issue.path.join('.');
    if (issue.code !== 'unrecognized_keys') return [{ field: path || 'body', message: issue.message }];
    return issue.keys.map((key) => ({
      field: path ? `${path}.${key}` : key,
      message: 'is not a known field',
    }));
  });
  const message = details.map(({ field, message }) => `${field}: ${message}`).join('; ');
  throw new InvalidRequestError(message, { details });
}
