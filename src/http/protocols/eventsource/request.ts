import { z } from 'zod';
import type { Models } from '../../../chat/models.ts';
import type { Question, QuestionLimits } from '../../../chat/question.ts';
import { modelName, optionsSchema, perLimits } from '../../../chat/question-fields.ts';
import { optional, parse } from '../../../chat/validation.ts';
import { InvalidRequestError } from '../../../errors.ts';
import { parseField } from '../../routing/json-body.ts';
import { questionOf, questionSchema } from '../native/request.ts';

/** The query of GET /api/v1/llm/complete/stream: `EventSource` can send nothing else. */
export const completeQuery = z.strictObject({
  messages: z.string().meta({ description: 'JSON: [{role, content}, …], as in POST /api/chat' }),
  options: z.string().optional().meta({ description: 'JSON: the options of POST /api/chat' }),
  model: z.string().optional(),
  provider: z.string().optional(),
  chatId: z.string().optional(),
  after: z.string().optional().meta({ description: 'The last id, where no Last-Event-ID can be sent' }),
});

/** Throws InvalidRequestError. */
export function questionInQuery(
  { messages, options, after: _, ...rest }: z.output<typeof completeQuery>,
  models: Models,
  limits: QuestionLimits,
): Question {
  const body = {
    ...rest,
    messages: parseField('messages', messages),
    ...(options === undefined ? {} : { options: parseField('options', options) }),
  };
  return parseBody(body, models, limits);
}

/** The native body, and a provider instead of a model or beside it; the model may be one of the options. */
export const llmQuestionSchema = perLimits((limits) =>
  questionSchema(limits).safeExtend({
    provider: optional(modelName),
    options: optional(optionsSchema.extend({ model: optional(modelName) })),
  }),
);

/** Throws InvalidRequestError. */
export function parseBody(body: unknown, models: Models, limits: QuestionLimits): Question {
  const { provider, options, ...native } = parse(llmQuestionSchema(limits), body);
  const { model: inOptions, ...rest } = options ?? {};
  const model = native.model ?? inOptions;
  const question = questionOf({ ...native, model, options: options && rest });
  return provider === undefined ? question : { ...question, model: modelOf(provider, model, models) };
}

function modelOf(provider: string, model: string | undefined, models: Models): string {
  const offered = models.list().filter((each) => each.provider === provider);
  const chosen = model === undefined ? offered[0] : offered.find(({ id }) => id === model);
  if (chosen) return chosen.id;
  if (offered.length > 0) {
    throw InvalidRequestError.field(
      'model',
      `"${model}" is not one of ${offered.map(({ id }) => id).join(', ')}`,
    );
  }
  throw InvalidRequestError.field(
    'provider',
    `"${provider}" is not one of ${providerNames(models).join(', ')}`,
  );
}

export function providerNames(models: Models): string[] {
  return [...new Set(models.list().map(({ provider }) => provider))];
}
