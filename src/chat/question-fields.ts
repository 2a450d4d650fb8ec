import { z } from 'zod';
import { idSchema } from '../text/id.ts';
import { isBlank } from './blank.ts';
import type { GenerationOptions, Question, QuestionLimits } from './question.ts';
import { responseFormatOf, responseFormatSchema } from './response-format.ts';
import { boundedArray, optional } from './validation.ts';

export const chatIdSchema = idSchema;

/**
 * A database cannot hold NUL or a lone surrogate. Such text is refused, because the client should learn that it cannot
 * be stored as it is.
 */
export const storableText = z
  .string()
  .refine(
    (text) => text.isWellFormed() && !text.includes('\0'),
    'must not contain NUL or half a surrogate pair',
  );

/** Stop sequences. Front ends send empty lists and strings for fields that are not set; those are ignored. */
export const stopSchema = z.preprocess(
  (stop) =>
    Array.isArray(stop) && stop.length <= MOST_STOPS_SENT ? stop.filter((each) => each !== '') : stop,
  z.union([z.string(), boundedArray(z.string(), 4, 'texts')], 'must be a text or a list of up to 4 texts'),
);

/** Upper limit of stop sequences in a request, empty ones included. */
const MOST_STOPS_SENT = 100;

/** Undefined: there are no stop sequences. */
export function stopsOf(stop: z.infer<typeof stopSchema> | null | undefined): string[] | undefined {
  const stops = [stop ?? []].flat().filter((each) => each !== '');
  return stops.length === 0 ? undefined : stops;
}

export const optionsSchema = z.strictObject({
  temperature: optional(z.number().min(0).max(2)),
  topP: optional(z.number().min(0).max(1)),
  maxOutputTokens: optional(z.int().min(1).max(1_000_000)),
  stop: optional(stopSchema),
  responseFormat: optional(responseFormatSchema),
  onDisconnect: optional(z.enum(['continue', 'cancel'])),
});

export const modelName = z.string().min(1).max(200);
/** Text of at most `messageChars` UTF-16 units. */
export const lengthSchema = perLimits(({ messageChars }) =>
  storableText.max(messageChars, `must be at most ${messageChars} characters`),
);

/** The text of a question. */
export const contentSchema = perLimits((limits) =>
  lengthSchema(limits).refine((text) => !isBlank(text), 'must not be empty'),
);

/** Caches a schema for each set of limits: building a schema costs a hundred times as much as using it. */
export function perLimits<Schema>(
  build: (limits: QuestionLimits) => Schema,
): (limits: QuestionLimits) => Schema {
  const built = new WeakMap<QuestionLimits, Schema>();
  return (limits) => {
    const known = built.get(limits) ?? build(limits);
    built.set(limits, known);
    return known;
  };
}

type Options = Partial<z.infer<typeof optionsSchema>>;

/** Generation options from the `options` of a body. */
export function optionsOf(options: Options | undefined): Omit<GenerationOptions, 'model'> {
  const { stop, responseFormat, onDisconnect, ...parameters } = options ?? {};
  return {
    parameters: {
      ...parameters,
      ...(stopsOf(stop) === undefined ? {} : { stop: stopsOf(stop) }),
      ...(responseFormat === undefined ? {} : { responseFormat: responseFormatOf(responseFormat) }),
    },
    onDisconnect,
  };
}

type Messages = ReadonlyArray<{ role: string; content: string }>;

/** The messages of a history after `historyMessageOf`, without blank ones. */
export function historyOf(messages: Messages): Question['history'] {
  return messages.flatMap(({ role, content }) =>
    (role === 'user' || role === 'assistant') && !isBlank(content) ? [{ role, content, clientId: null }] : [],
  );
}

/**
 * The system prompt of a request. `roles`: the roles whose messages are instructions. Blank ones are left out;
 * undefined: there are none.
 */
export function systemPromptOf(
  messages: Messages,
  roles: readonly string[] = ['system'],
): string | undefined {
  const prompts = messages.filter(({ role, content }) => roles.includes(role) && !isBlank(content));
  return prompts.length === 0 ? undefined : prompts.map(({ content }) => content).join('\n\n');
}
