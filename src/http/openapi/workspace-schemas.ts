import { z } from 'zod';
import { editReportSchema } from './schemas.ts';

const moment = z.iso.datetime();

const file = z.object({ name: z.string(), text: z.string() });

export const workspaceViewSchema = z.object({
  workspace: z.object({
    id: z.string(),
    name: z.string(),
    files: z.record(z.string(), file).meta({ description: 'By the id that a file keeps for its life.' }),
    createdAt: moment,
    updatedAt: moment,
  }),
  chatId: z.string().nullable().meta({ description: 'The chat of its edits; null while there was none.' }),
});

export const workspaceListSchema = z.object({
  workspaces: z.array(z.object({ id: z.string(), name: z.string(), createdAt: moment, updatedAt: moment })),
  nextCursor: z.string().nullable(),
});

export const editsSchema = z.object({
  edits: z.array(
    z.object({
      runId: z.uuid(),
      chatId: z.string(),
      status: z.enum(['streaming', 'complete', 'stopped', 'interrupted', 'failed']),
      outcome: editReportSchema.shape.outcome.nullable().meta({ description: 'Null while it runs.' }),
      files: editReportSchema.shape.files,
      createdAt: moment,
      undoneAt: moment.nullable(),
      undoable: z.boolean(),
    }),
  ),
});

export const undoneSchema = z.object({
  runId: z.uuid(),
  files: z.array(z.string()).meta({ description: 'Names of the files that this has changed.' }),
});
