import { z } from 'zod';
import type { LiveRun, LiveRuns, RunView } from '../../wire/runs.ts';
import { terminalSchema } from './events.ts';
import { wireObject } from './wire-schema.ts';

const run = {
  runId: z.uuid(),
  chatId: z.string(),
  messageId: z.string(),
  provider: z.string(),
  model: z.string(),
  createdAt: z.iso.datetime(),
  lastEventId: z.string().meta({ description: '`<runId>:<position>`, for Last-Event-ID' }),
};

export const runSchema = wireObject<RunView>()({
  ...run,
  protocol: z.string(),
  terminal: terminalSchema.nullable().meta({ description: 'Null while it is live.' }),
});

const liveRun = wireObject<LiveRun>()({ ...run, chunks: z.int(), characters: z.int() });

export const liveRunsSchema = wireObject<LiveRuns>()({ runs: z.array(liveRun) });
