import { faultOfName, nameKey } from '../editing/file-names.ts';
import {
  type WorkspaceDocument,
  type WorkspaceFile,
  type WorkspaceLimits,
  workspaceNameSchema,
} from '../editing/workspace.ts';
import { ViewerError } from './errors.ts';
import type { WorkspaceComponent } from './workspace-op.ts';

/**
 * Throws ViewerError when a document that people's op has led to is one that must not be: too much of something, a name
 * that is none or that is taken, text that no database holds (EDIT-1, EDIT-6). Looks at what the op has touched.
 */
export function checkOutcome(
  op: readonly WorkspaceComponent[],
  document: WorkspaceDocument,
  limits: WorkspaceLimits,
): void {
  const touched = new Set<string>();
  const named = new Set<string>();
  for (const { p } of op) {
    if (p.length === 1) checkWorkspaceName(document.name);
    else if (p.length === 4) touched.add(p[1]);
    else named.add(p[1]);
  }
  for (const id of new Set([...touched, ...named])) {
    const file = document.files[id];
    if (file) checkText(file, limits);
  }
  for (const id of named) {
    const file = document.files[id];
    if (file) checkFileName(id, file.name, document);
  }
  if (named.size > 0 && Object.keys(document.files).length > limits.maxFiles) {
    throw new ViewerError('limit_exceeded', `A workspace may have ${limits.maxFiles} files.`);
  }
}

function checkText({ text }: WorkspaceFile, { fileChars }: WorkspaceLimits): void {
  if (text.length > fileChars) {
    throw new ViewerError('limit_exceeded', `A file may have ${fileChars} characters.`);
  }
  if (!text.isWellFormed() || text.includes('\0')) {
    throw new ViewerError('invalid_op', 'Text must not contain NUL or half a surrogate pair.');
  }
  if (text.includes('\r')) throw new ViewerError('invalid_op', 'Lines end with LF alone.');
}

function checkFileName(id: string, name: string, { files }: WorkspaceDocument): void {
  const fault = faultOfName(name);
  if (fault) throw new ViewerError('invalid_name', `The name of a file ${fault}.`);
  const key = nameKey(name);
  for (const [other, file] of Object.entries(files)) {
    if (other !== id && nameKey(file.name) === key) {
      throw new ViewerError('invalid_name', `There is a file of that name: ${file.name}.`);
    }
  }
}

function checkWorkspaceName(name: string): void {
  const checked = workspaceNameSchema.safeParse(name);
  if (checked.success) return;
  throw new ViewerError('invalid_name', `The name ${checked.error.issues[0]?.message ?? 'is none'}.`);
}
