import { z } from 'zod';
import { chatIdSchema } from '../../chat/question-fields.ts';
import { workspaceIdSchema } from '../../workspaces/workspace.ts';

export const runIdSchema = z.uuid('must be the id of a run');

export const chatParams = z.object({ chatId: chatIdSchema });
export const runParams = z.object({ runId: runIdSchema });
export const fileParams = z.object({ fileId: z.uuid('must be the id of a file') });
export const workspaceParams = z.object({ workspaceId: workspaceIdSchema });

/** The query of lists that are read in pages. */
export const pageQuery = z.strictObject({
  limit: z.coerce.number().int().min(1).max(500).default(100),
  cursor: z.string().max(200).optional(),
});
