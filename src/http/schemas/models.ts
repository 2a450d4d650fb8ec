import { z } from 'zod';
import type {
  Abilities,
  Catalogue,
  ListedModel,
  ModelCard,
  ModelParameters,
  Timeouts,
} from '../../wire/models.ts';
import { wireObject, wireSchema } from './wire-schema.ts';

const tokens = z.int().nullable();

export const modelCardSchema = wireObject<ModelCard>()({
  id: z.string(),
  provider: z.string(),
  contextWindow: tokens,
  maxOutputTokens: tokens,
  strengths: z.array(z.string()),
  supports: wireObject<Abilities>()({
    streaming: z.boolean(),
    structuredOutput: z.boolean(),
    reasoning: z.boolean(),
    temperature: z.boolean(),
    stop: z.boolean(),
  }),
  defaults: wireObject<ModelParameters>()({
    temperature: z.number().optional(),
    topP: z.number().optional(),
    maxOutputTokens: z.int().optional(),
    stop: z.array(z.string()).optional(),
    reasoningEffort: z.enum(['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max']).optional(),
  }),
  prices: z
    .object({ input: z.number().nullable(), output: z.number().nullable() })
    .meta({ description: 'US dollars per million tokens.' }),
  fallbacks: z.array(z.string()),
});

export const modelsSchema = wireObject<Catalogue>()({
  models: z.array(wireSchema<ListedModel>()(modelCardSchema.extend({ default: z.boolean() }))),
  timeouts: wireObject<Timeouts>()({
    firstTokenMs: z.int(),
    idleMs: z.int(),
    totalMs: z.int().nullable(),
  }).meta({ description: 'How long a provider may keep people waiting, in ms; null: without bound.' }),
});
