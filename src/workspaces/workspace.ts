import { z } from 'zod';
import { chatIdSchema, storableText } from '../chat/question-fields.ts';
import { boundedArray, optional, parse } from '../chat/validation.ts';
import { checkNames } from '../editing/file-names.ts';
import { totalOf, type WorkspaceLimits } from '../editing/files.ts';
import { InvalidRequestError } from '../errors.ts';
import { plainLine } from '../text/plain-line.ts';
import type { WorkspaceFile } from '../wire/workspaces.ts';

export const workspaceIdSchema = chatIdSchema;

/** UTF-16 units of a workspace's name. */
const NAME_CHARS = 200;
const DEFAULT_NAME = 'Untitled workspace';

export const workspaceNameSchema = plainLine(
  storableText.max(NAME_CHARS, `must be at most ${NAME_CHARS} characters`),
).refine((name) => name.trim() !== '', 'must not be empty');

/** The body of POST /api/workspaces. */
export function creationSchema({ maxFiles, fileChars }: WorkspaceLimits) {
  const file = z.strictObject({
    name: storableText,
    text: storableText.max(fileChars, `must be at most ${fileChars} characters`),
  });
  return z.strictObject({
    id: optional(workspaceIdSchema),
    name: optional(workspaceNameSchema),
    files: optional(boundedArray(file, maxFiles, 'files')),
  });
}

export interface Creation {
  /** Default: a new UUID. */
  id?: string | undefined;
  name: string;
  files: readonly WorkspaceFile[];
}

/** Throws InvalidRequestError that names each wrong field. Line ends become LF. */
export function parseCreation(body: unknown, limits: WorkspaceLimits): Creation {
  const { id, name, files = [] } = parse(creationSchema(limits), body ?? {});
  checkNames(
    files.map((file) => file.name),
    'files',
  );
  if (totalOf(files) > limits.totalChars) {
    throw InvalidRequestError.field('files', `must be at most ${limits.totalChars} characters together`);
  }
  return {
    id,
    name: name ?? DEFAULT_NAME,
    files: files.map((file) => ({ name: file.name, text: file.text.replaceAll(/\r\n?/g, '\n') })),
  };
}

/** The body of PATCH /api/workspaces/{id}. */
export const workspaceRenameSchema = z.strictObject({ name: workspaceNameSchema });
