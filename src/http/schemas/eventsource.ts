import { z } from 'zod';
import { usageSchema } from './events.ts';
import { modelCardSchema } from './models.ts';

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
