import { z } from 'zod';
import { errorSchema } from './errors.ts';

export const openaiErrorSchema = z.object({
  error: errorSchema.shape.error.extend({ type: z.string(), param: z.string().nullable() }),
});

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

export const completionReplySchema = z.object({
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
