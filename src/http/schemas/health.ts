import { z } from 'zod';
import type { Aliveness, Readiness } from '../../wire/health.ts';
import { wireObject } from './wire-schema.ts';

export const alivenessSchema = wireObject<Aliveness>()({ status: z.literal('alive') });

export const readinessSchema = wireObject<Readiness>()({
  status: z.enum(['ready', 'not ready']),
  database: z.enum(['reachable', 'unreachable', 'moved', 'taken']),
  lastWrite: z.enum(['stored', 'failed']),
  draining: z.boolean(),
  liveRuns: z.int(),
  providers: z.record(z.string(), z.string()),
});
