import { z } from 'zod';
import { modelCardSchema } from './catalogue-schemas.ts';
import { usageSchema } from './schemas.ts';

/** What the routes for other people's clients answer. */

export const openaiModelSchema = z.object({
  id: z.string(),
  object: z.literal('model'),
  created: z.int(),
  owned_by: z.string(),
});

export const openaiModelsSchema = z.object({
  object: z.literal('list'),
  data: z.array(openaiModelSchema),
});

export const completionSchema = z.object({
  id: z.string(),
  object: z.literal('chat.completion'),
  created: z.int(),
  model: z.string(),
  choices: z.array(
    z.object({
      index: z.int(),
      message: z.object({
        role: z.literal('assistant'),
        content: z.string(),
        refusal: z.null(),
        reasoning_content: z.string().optional(),
      }),
      logprobs: z.null(),
      finish_reason: z.enum(['stop', 'length', 'content_filter']),
    }),
  ),
  usage: z.object({
    prompt_tokens: z.int(),
    completion_tokens: z.int(),
    total_tokens: z.int(),
    completion_tokens_details: z.object({ reasoning_tokens: z.int() }),
  }),
});

export const llmAnswerSchema = z.object({
  text: z.string(),
  metadata: z.object({
    model: z.string(),
    provider: z.string(),
    timestamp: z.iso.datetime(),
    finishReason: z.string(),
    usage: usageSchema,
    totalTime: z.number(),
    timeToFirstToken: z.number().nullable(),
  }),
});

export const providersSchema = z.object({
  providers: z.array(z.object({ id: z.string(), models: z.int() })),
});

export const providerModelsSchema = z.object({ models: z.array(modelCardSchema) });

export const llmHealthSchema = z.object({
  status: z.enum(['ok', 'shutting down']),
  timestamp: z.iso.datetime(),
  providers: z.array(z.string()),
});
