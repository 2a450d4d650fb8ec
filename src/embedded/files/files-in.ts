import type { WorkspaceDocument } from '../../editing/files.ts';
import type { WorkspaceFile } from '../../wire/workspaces.ts';
import { fieldOf, isObject } from '../document/shared-doc.ts';

/** The files of a document; null when there are none, or when one of the values is not a file. */
export function filesIn(id: string, data: unknown): WorkspaceDocument | null {
  const files = fieldOf(data, 'files');
  return isFiles(files) ? { id, name: id, files } : null;
}

/** Checks every file, because the document's type restricts nothing. */
function isFiles(value: unknown): value is Record<string, WorkspaceFile> {
  return isObject(value) && Object.values(value).every(isFile);
}

function isFile(value: unknown): value is WorkspaceFile {
  return isObject(value) && typeof fieldOf(value, 'name') === 'string' && textOf(value) !== null;
}

export function textOf(file: unknown): string | null {
  const text = fieldOf(file, 'text');
  return typeof text === 'string' ? text : null;
}
