import { setImmediate as nextTurn } from 'node:timers/promises';
import ShareDB from 'sharedb';
import { nameKey } from '../editing/file-names.ts';
import type { WorkspaceDocument, WorkspaceFile } from '../editing/workspace.ts';
import type { FileChange } from '../runs/events.ts';
import type { CommittedOp } from './live-document.ts';
import type { Component } from './operation.ts';

/** How long others wait at most; ms. */
const SLICE_MS = 8;

interface Ot {
  invert(op: Component[]): Component[];
  compose(one: Component[], other: Component[]): Component[];
  transform(op: Component[], by: Component[], side: 'left' | 'right'): Component[];
}

/**
 * The op that takes back what an edit did: through all ops since its first, in order. Its own ones are inverted before
 * what was taken back so far; those of others move it to where it has to be.
 */
export async function inverseOf(ops: readonly CommittedOp[], source: string): Promise<Component[]> {
  const json0 = ShareDB.types.defaultType as unknown as Ot;
  let back: Component[] = [];
  let since = performance.now();
  for (const { src, op } of ops) {
    const components = (op ?? []) as Component[];
    if (src === source) back = json0.compose(json0.invert(components), back);
    else if (back.length > 0) back = json0.transform(back, components, 'left');
    if (performance.now() - since < SLICE_MS) continue;
    await nextTurn();
    since = performance.now();
  }
  return back;
}

/** Without removing a file that somebody has written into. */
export function withoutHarm(op: readonly Component[]): Component[] {
  return op.filter(
    (component) =>
      !(component.p.length === 2 && 'od' in component && isFile(component.od) && component.od.text !== ''),
  );
}

/** What gives other names to files that an op adds, and leaves there, under names that are taken. */
export function renamed(op: object, { files }: WorkspaceDocument): Component[] {
  const components = 'op' in op ? (op.op as Component[]) : [];
  const added = new Map<string, string>();
  const removed = new Set<string>();
  for (const component of components) {
    if (component.p.length !== 2) continue;
    const id = String(component.p[1]);
    if ('oi' in component && isFile(component.oi)) {
      added.set(id, component.oi.name);
    } else {
      added.delete(id);
      removed.add(id);
    }
  }
  if (added.size === 0) return [];
  const others = Object.entries(files).filter(([id]) => !removed.has(id) && !added.has(id));
  const taken = new Set(others.map(([, { name }]) => nameKey(name)));
  return Array.from(added).flatMap(([id, name]): Component[] => {
    const free = freeName(name, taken);
    taken.add(nameKey(free));
    return free === name ? [] : [{ p: ['files', id, 'name'], od: name, oi: free }];
  });
}

/** The names of the files that an op changes, as they are or were. */
export function namesIn(op: readonly Component[], { files }: WorkspaceDocument): string[] {
  const names = new Set<string>();
  for (const component of op) {
    const file = files[String(component.p[1])] ?? ('oi' in component ? component.oi : undefined);
    if (isFile(file)) names.add(file.name);
  }
  return [...names].sort();
}

/** What ops of an edit did to each file. */
export function changesOf(
  ops: readonly CommittedOp[],
  source: string,
  document: WorkspaceDocument | null,
): FileChange[] {
  const changes = new Map<string, FileChange>();
  const names = new Map<string, string>();
  for (const { src, op } of ops) {
    for (const component of (op ?? []) as Component[]) {
      const fileId = String(component.p[1]);
      const added = 'oi' in component && isFile(component.oi) ? component.oi : null;
      const removed = 'od' in component && isFile(component.od) ? component.od : null;
      const name = added?.name ?? removed?.name ?? names.get(fileId) ?? document?.files[fileId]?.name ?? '';
      names.set(fileId, name);
      if (src !== source) continue;
      const before = changes.get(fileId)?.change;
      if (removed && before === 'created') changes.delete(fileId);
      else if (removed) changes.set(fileId, { fileId, name, change: 'deleted' });
      else if (added) changes.set(fileId, { fileId, name, change: 'created' });
      else changes.set(fileId, { fileId, name, change: before ?? 'changed' });
    }
  }
  return [...changes.values()];
}

function freeName(name: string, taken: ReadonlySet<string>): string {
  const dot = name.lastIndexOf('.') > name.lastIndexOf('/') + 1 ? name.lastIndexOf('.') : name.length;
  let free = name;
  for (let number = 2; taken.has(nameKey(free)); number += 1) {
    free = `${name.slice(0, dot)}-${number}${name.slice(dot)}`;
  }
  return free;
}

function isFile(value: unknown): value is WorkspaceFile {
  return typeof value === 'object' && value !== null && 'name' in value && 'text' in value;
}
