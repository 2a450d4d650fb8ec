import { z } from 'zod';
import type { RunUsage, UsageReport, UsageTotals } from '../../wire/usage.ts';
import { wireObject } from './wire-schema.ts';

const sums = {
  promptTokens: z.int(),
  completionTokens: z.int(),
  reasoningTokens: z.int(),
  totalTokens: z.int(),
  cost: z.number().nullable().meta({ description: 'US dollars; null where a price is unknown.' }),
};

const totals = wireObject<UsageTotals>()({ ...sums, runs: z.int(), estimatedRuns: z.int() });

const run = wireObject<RunUsage>()({
  ...sums,
  runId: z.string(),
  chatId: z.string(),
  model: z.string(),
  provider: z.string(),
  createdAt: z.iso.datetime(),
  estimated: z.boolean(),
});

export const usageReportSchema = wireObject<UsageReport>()({
  from: z.iso.datetime(),
  to: z.iso.datetime(),
  total: totals,
  days: z.array(totals.extend({ day: z.string() })),
  models: z.array(totals.extend({ model: z.string(), provider: z.string() })),
  chats: z.array(totals.extend({ chatId: z.string() })),
  runs: z.array(run),
});
