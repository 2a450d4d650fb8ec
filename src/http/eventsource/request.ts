import { z } from 'zod';
import type { Models } from '../../chat/models.ts';
import {
  parse,
  parseQuestion,
  type Question,
  type QuestionLimits,
  questionSchema,
} from '../../chat/question.ts';
import { InvalidRequestError } from '../../errors.ts';

/** The query of GET /api/v1/llm/complete/stream: `EventSource` can send nothing else. */
export const completeQuery = z.strictObject({
  messages: z.string().meta({ description: 'JSON: [{role, content}, …], as in POST /api/chat' }),
  options: z.string().optional().meta({ description: 'JSON: the options of POST /api/chat' }),
  model: z.string().optional(),
  provider: z.string().optional(),
  chatId: z.string().optional(),
});

/** Throws InvalidRequestError. */
export function parseQuery(query: unknown, models: Models, limits: QuestionLimits): Question {
  const { messages, options, ...rest } = parse(completeQuery, query);
  const body = {
    ...rest,
    messages: json('messages', messages),
    ...(options === undefined ? {} : { options: json('options', options) }),
  };
  return parseBody(body, models, limits);
}

/** The native body, and a provider in the place of a model or beside it. */
export function llmQuestionSchema(limits: QuestionLimits) {
  return questionSchema(limits).extend({ provider: z.string().optional() });
}

/** Throws InvalidRequestError. */
export function parseBody(body: unknown, models: Models, limits: QuestionLimits): Question {
  const { provider, ...native } = parse(llmQuestionSchema(limits), body);
  const question = parseQuestion(native, limits);
  return provider === undefined ? question : { ...question, model: modelOf(provider, native.model, models) };
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

function json(field: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw InvalidRequestError.field(field, 'is not JSON');
  }
}
