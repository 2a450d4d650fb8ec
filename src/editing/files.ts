import { isObjectKey } from '../text/id.ts';
import type { WorkspaceFile } from '../wire/workspaces.ts';

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
  /** UTF-16 units of text that one op of a collaborator may carry. */
  opChars: number;
}

/** UTF-16 units of all files together. */
export function totalOf(files: Iterable<Pick<WorkspaceFile, 'text'>>): number {
  let total = 0;
  for (const { text } of files) total += text.length;
  return total;
}

const FILE_ID = /^[A-Za-z0-9_-]{1,64}$/;

/** Ids are keys of an object: they must not be names that every object has. */
export function isFileId(id: unknown): id is string {
  return typeof id === 'string' && FILE_ID.test(id) && !isObjectKey(id);
}

/** A copy that does not change: ShareDB changes documents in place. */
export function snapshotOf(document: WorkspaceDocument): WorkspaceDocument {
  const copies = Object.entries(document.files).map(([fileId, file]) => [fileId, { ...file }] as const);
  return { ...document, files: Object.fromEntries(copies) };
}
