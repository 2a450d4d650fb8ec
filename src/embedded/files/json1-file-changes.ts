import type { CollaboratorListener } from '../../editing/edited-document.ts';
import { changeBetween } from '../../text/text-change.ts';
import type { Change } from '../document/change.ts';
import { type Json1, type Json1Op, json1Op } from '../document/json1.ts';
import { stepsOf, type TextOp } from '../document/json1-text.ts';
import { fieldOf, isObject } from '../document/shared-doc.ts';
import { textOf } from './files-in.ts';

export function isOp(op: unknown): op is Json1Op {
  return op === null || Array.isArray(op);
}

/** Notifies a listener of what an op changed in the files; `before` and `after`: the document. */
export function notify(op: Json1Op, before: unknown, after: unknown, listener: CollaboratorListener): void {
  const files = fieldOf(before, 'files');
  if (!isObject(files)) return;
  for (const [fileId, file] of Object.entries(files)) {
    const now = fieldOf(fieldOf(after, 'files'), fileId);
    const [was, is] = [textOf(file), textOf(now)];
    if (file === now || was === is || was === null) continue;
    if (is === null) listener.removed(fileId, String(fieldOf(file, 'name') ?? ''));
    else
      for (const step of stepsOf(textOpAt(op, ['files', fileId, 'text']), was, is))
        listener.text(fileId, step);
  }
}

/** The op on the string at a path; null when the op does not edit that string. */
function textOpAt(op: Json1Op, path: readonly string[]): TextOp | null {
  let list: readonly unknown[] = op ?? [];
  let depth = 0;
  for (let at = 0; at < list.length; at += 1) {
    const item = list[at];
    if (Array.isArray(item)) {
      // The branch of the op that leads to the path.
      if (item[0] !== path[depth]) continue;
      list = item;
      at = 0;
      depth += 1;
    } else if (!isObject(item)) {
      if (item !== path[depth]) return null;
      depth += 1;
    } else if (depth === path.length) {
      const edit = fieldOf(item, 'es');
      return isTextOp(edit) ? edit : null;
    }
  }
  return null;
}

function isTextOp(edit: unknown): edit is TextOp {
  return Array.isArray(edit);
}

/** An op that turns the files of one document into those of another. */
export function differenceOf(type: Json1, before: unknown, after: unknown): Json1Op {
  const [was, is] = [fieldOf(before, 'files'), fieldOf(after, 'files')];
  if (was === is) return null;
  if (!isObject(was) || !isObject(is)) {
    return json1Op(type, [{ kind: 'field', path: ['files'], value: is, was }], before);
  }
  const fileIds = new Set([...Object.keys(was), ...Object.keys(is)]);
  const changes = Array.from(fileIds, (fileId) =>
    fileChanges(fileId, fieldOf(was, fileId), fieldOf(is, fileId)),
  );
  return json1Op(type, changes.flat(), before);
}

function fileChanges(fileId: string, was: unknown, is: unknown): Change[] {
  const [before, after] = [textOf(was), textOf(is)];
  if (before === null || after === null) {
    return was === is ? [] : [{ kind: 'field', path: ['files', fileId], value: is, was }];
  }
  const change = changeBetween(before, after);
  if (!change) return [];
  const { at, remove, insert } = change;
  const path = ['files', fileId, 'text'];
  return [
    ...(remove > 0 ? [{ kind: 'remove' as const, path, at, text: before.slice(at, at + remove) }] : []),
    ...(insert === '' ? [] : [{ kind: 'insert' as const, path, at, text: insert }]),
  ];
}
