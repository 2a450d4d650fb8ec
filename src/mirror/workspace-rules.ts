import { faultOfName, nameKey } from '../editing/file-names.ts';
import {
  totalOf,
  type WorkspaceDocument,
  type WorkspaceFile,
  type WorkspaceLimits,
  workspaceNameSchema,
} from '../editing/workspace.ts';
import { ViewerError } from './errors.ts';
import type { Component } from './operation.ts';
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
  const growth = growthOf(op);
  for (const id of new Set([...touched, ...named])) {
    const file = document.files[id];
    if (!file) continue;
    // What became too long while the model wrote, or before the limit was what it is, may become shorter in parts.
    if ((growth.get(id) ?? 0) > 0) checkLength(file, limits);
    checkText(file);
  }
  for (const id of named) {
    const file = document.files[id];
    if (file) checkFileName(id, file.name, document);
  }
  if (named.size > 0 && Object.keys(document.files).length > limits.maxFiles) {
    throw new ViewerError('limit_exceeded', `A workspace may have ${limits.maxFiles} files.`);
  }
  checkTotal(op, document, limits);
}

/** Throws ViewerError for an op that makes a workspace longer which is, then, too long; one that makes it shorter may. */
export function checkTotal(
  op: readonly Component[],
  { files }: WorkspaceDocument,
  { totalChars }: Pick<WorkspaceLimits, 'totalChars'>,
): void {
  let growth = 0;
  for (const units of growthOf(op).values()) growth += units;
  if (growth <= 0 || totalOf(Object.values(files)) <= totalChars) return;
  throw new ViewerError(
    'limit_exceeded',
    `The files of a workspace may have ${totalChars} characters together.`,
  );
}

/** By how many units each file becomes longer. */
function growthOf(op: readonly Component[]): ReadonlyMap<string, number> {
  const growth = new Map<string, number>();
  for (const component of op) {
    const { p, si, sd, oi, od } = { si: '', sd: '', oi: null, od: null, ...component };
    const units = p.length === 2 ? unitsOf(oi) - unitsOf(od) : unitsOf(si) - unitsOf(sd);
    const id = String(p[1]);
    growth.set(id, (growth.get(id) ?? 0) + units);
  }
  return growth;
}

function unitsOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  return typeof value === 'object' && value && 'text' in value ? unitsOf(value.text) : 0;
}

function checkLength({ text }: WorkspaceFile, { fileChars }: WorkspaceLimits): void {
  if (text.length <= fileChars) return;
  throw new ViewerError('limit_exceeded', `A file may have ${fileChars} characters.`);
}

function checkText({ text }: WorkspaceFile): void {
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
