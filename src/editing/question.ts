import { z } from 'zod';
import {
  chatIdSchema,
  contentSchema,
  type Generation,
  modelName,
  optionsOf,
  optionsSchema,
  parse,
  type QuestionLimits,
} from '../chat/question.ts';

/** What somebody wants to have edited. */
export interface EditQuestion extends Generation {
  prompt: string;
  /** Absent: the workspace's own chat. */
  chatId: string | undefined;
}

/** The body of POST /api/workspaces/{id}/edit. An answer that is files has no other format. */
export function editQuestionSchema(limits: QuestionLimits) {
  return z.strictObject({
    prompt: contentSchema(limits),
    chatId: chatIdSchema.optional(),
    model: modelName.optional(),
    options: optionsSchema.omit({ responseFormat: true }).optional(),
  });
}

/** Throws InvalidRequestError that names each wrong field. */
export function parseEditQuestion(body: unknown, limits: QuestionLimits): EditQuestion {
  const { prompt, chatId, model, options } = parse(editQuestionSchema(limits), body);
  return { prompt, chatId, model, ...optionsOf(options) };
}

/** The body of POST /api/workspaces/{id}/undo. Without a run: the newest edit that is not undone. */
export const undoSchema = z.strictObject({ runId: z.uuid('must be the id of a run').optional() });
