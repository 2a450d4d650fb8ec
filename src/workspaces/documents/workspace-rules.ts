import { faultOfName, nameKey } from '../../editing/file-names.ts';
import { totalOf, type WorkspaceDocument, type WorkspaceLimits } from '../../editing/files.ts';
import { ViewerError } from '../../sharedb/errors.ts';
import type { Component } from '../../sharedb/json0.ts';
import type { WorkspaceFile } from '../../wire/workspaces.ts';
import { workspaceNameSchema } from '../workspace.ts';
import type { WorkspaceComponent } from './workspace-op.ts';

/**
 * Throws ViewerError when a collaborator's op has led to an invalid document: a limit exceeded, an invalid or duplicate
 * name, or text that the database cannot store (EDIT-1, EDIT-6). Checks only what the op has changed.
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
    // A file may be too long already, because the model wrote it or the limit was lowered; it may become shorter in
    // steps.
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

/** Throws ViewerError when an op has made a workspace longer than its limit. An op that shortens it is accepted. */
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

/** UTF-16 units by which each file becomes longer. */
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
