import { z } from 'zod';

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
