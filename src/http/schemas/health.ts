import { z } from 'zod';

export const alivenessSchema = z.object({ status: z.literal('alive') });

export const readinessSchema = z.object({
  status: z.enum(['ready', 'not ready']),
  database: z.enum(['reachable', 'unreachable', 'moved', 'taken']),
  lastWrite: z.enum(['stored', 'failed']),
  draining: z.boolean(),
  liveRuns: z.int(),
  providers: z.record(z.string(), z.string()),
});
