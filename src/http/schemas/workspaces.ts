import { z } from 'zod';
import type {
  WorkspaceEdit,
  WorkspaceFile,
  WorkspaceList,
  WorkspaceSummary,
  WorkspaceView,
} from '../../wire/workspaces.ts';
import { editReportSchema } from './events.ts';
import { wireObject } from './wire-schema.ts';

const moment = z.iso.datetime();

const file = wireObject<WorkspaceFile>()({ name: z.string(), text: z.string() });

const summary = wireObject<WorkspaceSummary>()({
  id: z.string(),
  name: z.string(),
  createdAt: moment,
  updatedAt: moment,
});

export const workspaceViewSchema = wireObject<WorkspaceView>()({
  workspace: summary.extend({
    files: z.record(z.string(), file).meta({ description: 'By the id that a file keeps for its life.' }),
  }),
  chatId: z.string().nullable().meta({ description: 'The chat of its edits; null while there was none.' }),
});

export const workspaceListSchema = wireObject<WorkspaceList>()({
  workspaces: z.array(summary),
  nextCursor: z.string().nullable(),
});

const edit = wireObject<WorkspaceEdit>()({
  runId: z.uuid(),
  chatId: z.string(),
  status: z.enum(['streaming', 'complete', 'stopped', 'interrupted', 'failed']),
  outcome: editReportSchema.shape.outcome.nullable().meta({ description: 'Null while it runs.' }),
  files: editReportSchema.shape.files,
  createdAt: moment,
  undoneAt: moment.nullable(),
  undoable: z.boolean(),
});

export const editsSchema = z.object({ edits: z.array(edit) });

export const undoneSchema = z.object({
  runId: z.uuid(),
  files: z.array(z.string()).meta({ description: 'Names of the files that this has changed.' }),
});
