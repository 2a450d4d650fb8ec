import { z } from 'zod';
import { terminalSchema } from './events.ts';

const run = {
  runId: z.uuid(),
  chatId: z.string(),
  messageId: z.string(),
  provider: z.string(),
  model: z.string(),
  createdAt: z.iso.datetime(),
  lastEventId: z.string().meta({ description: '`<runId>:<position>`, for Last-Event-ID' }),
};

export const runSchema = z.object({
  ...run,
  protocol: z.string(),
  terminal: terminalSchema.nullable().meta({ description: 'Null while it is live.' }),
});

export const liveRunsSchema = z.object({
  runs: z.array(z.object({ ...run, chunks: z.int(), characters: z.int() })),
});
