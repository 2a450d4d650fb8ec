import { z } from 'zod';
import { allButLast, fieldOf, historyMessageOf } from '../../../chat/client-history.ts';
import type {
  Edit,
  GenerationOptions,
  Question,
  QuestionLimits,
  Regeneration,
} from '../../../chat/question.ts';
import {
  chatIdSchema,
  contentSchema,
  historyOf,
  lengthSchema,
  modelName,
  optionsOf,
  optionsSchema,
  perLimits,
  storableText,
  systemPromptOf,
} from '../../../chat/question-fields.ts';
import { boundedArray, optional, parse, refineAt } from '../../../chat/validation.ts';
import { plainLine } from '../../../text/plain-line.ts';

const messageId = z.string().min(1).max(200);

/**
 * The native body of POST /api/chat (CHAT-1). Strict: unknown fields are refused by name, except in earlier messages
 * (see `historyMessageOf`).
 */
export const questionSchema = perLimits((limits) => {
  const { messagesPerRequest } = limits;
  const message = z.strictObject({ role: z.enum(['system', 'user', 'assistant']), content: storableText });
  const messages = boundedArray(message, messagesPerRequest, 'messages', 1)
    .refine((all) => all.at(-1)?.role === 'user', "the last message must be the user's")
    .superRefine((all, context) => {
      for (const [index, { role, content }] of all.entries()) {
        const schema = index === all.length - 1 ? contentSchema(limits) : lengthSchema(limits);
        if (role === 'system' || index === all.length - 1)
          refineAt(context, [index, 'content'], schema, content);
      }
    });
  const fields = z.strictObject({
    chatId: optional(chatIdSchema),
    mustExist: optional(z.boolean()),
    messages: z.preprocess(allButLast(messagesPerRequest, systemOrHistory), messages),
    model: optional(modelName),
    options: optional(optionsSchema),
  });
  return fields.refine(({ mustExist, chatId }) => !mustExist || chatId !== undefined, {
    path: ['mustExist'],
    message: 'needs a chatId',
  });
});

/** Only earlier messages are read leniently: a system prompt is an instruction for this request. */
function systemOrHistory(message: unknown): unknown {
  return fieldOf(message, 'role') === 'system' ? message : historyMessageOf(message);
}

/** The body of POST /api/chat/{id}/regenerate. */
export const regenerationSchema = z.strictObject({
  messageId: optional(messageId),
  model: optional(modelName),
  options: optional(optionsSchema),
});

/** The body of POST /api/chat/{id}/edit. */
export const editSchema = perLimits((limits) => {
  return z.strictObject({
    messageId,
    content: contentSchema(limits),
    model: optional(modelName),
    options: optional(optionsSchema),
  });
});

/** The body of PATCH /api/chat/{id}. */
export const renameSchema = z.strictObject({
  title: plainLine(storableText.max(200, 'must be at most 200 characters')).refine(
    (title) => title.trim() !== '',
    'must not be empty',
  ),
});

export type QuestionBody = z.infer<ReturnType<typeof questionSchema>>;
type Options = Partial<z.infer<typeof optionsSchema>>;

/** Validates a body of the native protocol. Throws InvalidRequestError that names each wrong field. */
export function parseQuestion(body: unknown, limits: QuestionLimits): Question {
  return questionOf(parse(questionSchema(limits), body));
}

/** The question in a validated body of the native protocol, or of a similar one. */
export function questionOf({
  chatId,
  mustExist = false,
  messages,
  model,
  options,
}: Omit<QuestionBody, 'options'> & { options: Options | undefined }): Question {
  return {
    ...generationOf({ model, options }),
    chatId: chatId ?? null,
    // Left out unless set: stored idempotency keys have the hash of a question without it.
    ...(mustExist ? { mustExist } : {}),
    systemPrompt: systemPromptOf(messages),
    history: historyOf(messages.slice(0, -1)),
    content: messages.at(-1)?.content ?? '',
    clientId: null,
  };
}

/** Throws InvalidRequestError. */
export function parseRegeneration(body: unknown): Regeneration {
  return regenerationOf(parse(regenerationSchema, body ?? {}));
}

export function regenerationOf({ messageId, ...rest }: z.output<typeof regenerationSchema>): Regeneration {
  return { ...generationOf(rest), messageId };
}

/** Throws InvalidRequestError. */
export function parseEdit(body: unknown, limits: QuestionLimits): Edit {
  return editOf(parse(editSchema(limits), body));
}

export function editOf({ messageId, content, ...rest }: z.output<ReturnType<typeof editSchema>>): Edit {
  return { ...generationOf(rest), messageId, content, clientId: null };
}

function generationOf(body: {
  model?: string | undefined;
  options?: Options | undefined;
}): GenerationOptions {
  return { model: body.model, ...optionsOf(body.options) };
}
