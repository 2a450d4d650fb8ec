import { z } from 'zod';

const tokens = z.int().nullable();

export const modelCardSchema = z.object({
  id: z.string(),
  provider: z.string(),
  contextWindow: tokens,
  maxOutputTokens: tokens,
  strengths: z.array(z.string()),
  supports: z.record(z.string(), z.boolean()),
  defaults: z.record(z.string(), z.unknown()),
  prices: z
    .object({ input: z.number().nullable(), output: z.number().nullable() })
    .meta({ description: 'US dollars per million tokens.' }),
  fallbacks: z.array(z.string()),
});

export const modelsSchema = z.object({
  models: z.array(modelCardSchema.extend({ default: z.boolean() })),
  timeouts: z
    .object({ firstTokenMs: z.int(), idleMs: z.int(), totalMs: z.int().nullable() })
    .meta({ description: 'How long a provider may keep people waiting, in ms; null: without bound.' }),
});

const sums = {
  promptTokens: z.int(),
  completionTokens: z.int(),
  reasoningTokens: z.int(),
  totalTokens: z.int(),
  cost: z.number().nullable().meta({ description: 'US dollars; null where a price is unknown.' }),
};
const totals = { ...sums, runs: z.int(), estimatedRuns: z.int() };

export const usageReportSchema = z.object({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  total: z.object(totals),
  days: z.array(z.object({ ...totals, day: z.string() })),
  models: z.array(z.object({ ...totals, model: z.string(), provider: z.string() })),
  chats: z.array(z.object({ ...totals, chatId: z.string() })),
  runs: z.array(
    z.object({
      ...sums,
      runId: z.string(),
      chatId: z.string(),
      model: z.string(),
      provider: z.string(),
      createdAt: z.iso.datetime(),
      estimated: z.boolean(),
    }),
  ),
});

export const readinessSchema = z.object({
  status: z.enum(['ready', 'not ready']),
  database: z.enum(['reachable', 'unreachable']),
  draining: z.boolean(),
  liveRuns: z.int(),
  providers: z.record(z.string(), z.string()),
});

export const alivenessSchema = z.object({ status: z.literal('alive') });
