import { z } from 'zod';
import type { GenerationOptions, QuestionLimits } from '../chat/question.ts';
import { chatIdSchema, contentSchema, modelName, optionsOf, optionsSchema } from '../chat/question-fields.ts';
import { optional, parse } from '../chat/validation.ts';

/** A validated request to edit files. */
export interface EditQuestion extends GenerationOptions {
  prompt: string;
  /** Absent: the workspace's own chat. */
  chatId: string | undefined;
  /** Throw when that chat was deleted, instead of creating it. */
  mustExist?: boolean;
}

/** The body of POST /api/workspaces/{id}/edit. There is no response format, because the answer consists of files. */
export function editQuestionSchema(limits: QuestionLimits) {
  return z.strictObject({
    prompt: contentSchema(limits),
    chatId: optional(chatIdSchema),
    mustExist: optional(z.boolean()),
    model: optional(modelName),
    options: optional(optionsSchema.omit({ responseFormat: true })),
  });
}

/** Throws InvalidRequestError that names each wrong field. */
export function parseEditQuestion(body: unknown, limits: QuestionLimits): EditQuestion {
  const { prompt, chatId, mustExist = false, model, options } = parse(editQuestionSchema(limits), body);
  return { prompt, chatId, ...(mustExist ? { mustExist } : {}), model, ...optionsOf(options) };
}

/** The body of POST /api/workspaces/{id}/undo. Without a run: the newest edit that is not undone. */
export const undoSchema = z.strictObject({ runId: optional(z.uuid('must be the id of a run')) });
