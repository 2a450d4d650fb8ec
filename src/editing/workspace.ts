import { z } from 'zod';
import { chatIdSchema, parse, storableText } from '../chat/question.ts';
import { InvalidRequestError } from '../errors.ts';
import { checkNames } from './file-names.ts';

export interface WorkspaceFile {
  name: string;
  /** Lines end with LF. */
  text: string;
}

/** The document `workspaces/{id}` (EDIT-1). */
export interface WorkspaceDocument {
  id: string;
  name: string;
  files: Record<string, WorkspaceFile>;
}

export interface WorkspaceLimits {
  /** Files of one workspace. */
  maxFiles: number;
  /** UTF-16 units of one file. */
  fileChars: number;
  /** UTF-16 units of all files of one workspace together. */
  totalChars: number;
  /** UTF-16 units of text that one op of a person may carry. */
  opChars: number;
}

/** UTF-16 units of all files together. */
export function totalOf(files: Iterable<Pick<WorkspaceFile, 'text'>>): number {
  let total = 0;
  for (const { text } of files) total += text.length;
  return total;
}

export const workspaceIdSchema = chatIdSchema;

const FILE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Ids are keys of an object: none may be what every object has. */
export function isFileId(id: unknown): id is string {
  return typeof id === 'string' && FILE_ID.test(id) && !(id in Object.prototype) && id !== 'prototype';
}

/** UTF-16 units of a workspace's name. */
const NAME_CHARS = 200;
const DEFAULT_NAME = 'Untitled workspace';

/** One line that is seen as what it is. */
const PLAIN = /^[^\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]*$/u;

export const workspaceNameSchema = storableText
  .max(NAME_CHARS, `must be at most ${NAME_CHARS} characters`)
  .regex(PLAIN, 'must be one line of plain text')
  .refine((name) => name.trim() !== '', 'must not be empty');

/** The body of POST /api/workspaces. */
export function creationSchema({ maxFiles, fileChars }: WorkspaceLimits) {
  const file = z.strictObject({
    name: storableText,
    text: storableText.max(fileChars, `must be at most ${fileChars} characters`),
  });
  return z.strictObject({
    name: workspaceNameSchema.optional(),
    files: z.array(file).max(maxFiles, `must be at most ${maxFiles} files`).optional(),
  });
}

export interface Creation {
  name: string;
  files: readonly WorkspaceFile[];
}

/** Throws InvalidRequestError that names what is wrong. Other line ends become LF. */
export function parseCreation(body: unknown, limits: WorkspaceLimits): Creation {
  const { name, files = [] } = parse(creationSchema(limits), body ?? {});
  checkNames(
    files.map((file) => file.name),
    'files',
  );
  if (totalOf(files) > limits.totalChars) {
    throw InvalidRequestError.field('files', `must be at most ${limits.totalChars} characters together`);
  }
  return {
    name: name ?? DEFAULT_NAME,
    files: files.map((file) => ({ name: file.name, text: file.text.replaceAll(/\r\n?/g, '\n') })),
  };
}

/** The body of PATCH /api/workspaces/{id}. */
export const workspaceRenameSchema = z.strictObject({ name: workspaceNameSchema });

/** A copy that stays as it is: ShareDB changes documents in place. */
export function asItIsNow(document: WorkspaceDocument): WorkspaceDocument {
  const copies = Object.entries(document.files).map(([fileId, file]) => [fileId, { ...file }] as const);
  return { ...document, files: Object.fromEntries(copies) };
}
