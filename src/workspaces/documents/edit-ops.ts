import ShareDB from 'sharedb';
import { nameKey } from '../../editing/file-names.ts';
import type { WorkspaceDocument } from '../../editing/files.ts';
import { prependInverse, transformInverse } from '../../editing/json0-inverse.ts';
import type { Component } from '../../sharedb/json0.ts';
import type { CommittedOp } from '../../sharedb/storage/replay.ts';
import { TimeSlices } from '../../sharedb/time-slices.ts';
import type { FileChange } from '../../wire/events.ts';
import type { WorkspaceFile } from '../../wire/workspaces.ts';

interface Json0 {
  invert(op: Component[]): Component[];
  compose(one: Component[], other: Component[]): Component[];
  transform(op: Component[], by: Component[], side: 'left' | 'right'): Component[];
}

/**
 * The op that undoes an edit. Goes through all ops since the edit's first one, in order: an op of the edit is inverted
 * and composed before the inverse so far; the inverse so far is transformed against ops of collaborators.
 */
export async function inverseOf(ops: readonly CommittedOp[], source: string): Promise<Component[]> {
  const json0 = ShareDB.types.defaultType as unknown as Json0;
  let inverse: Component[] = [];
  const slices = new TimeSlices();
  for (const { src, op } of ops) {
    const components = (op ?? []) as Component[];
    await slices.pause();
    if (src === source) {
      inverse = prependInverse(json0, inverse, components);
      continue;
    }
    for (const component of components) {
      inverse = transformInverse(json0, inverse, [component]);
      await slices.pause();
    }
  }
  return inverse;
}

/** Components that rename the added files whose names are taken. */
export function renameCollisions(
  components: readonly Component[],
  { files }: WorkspaceDocument,
): Component[] {
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

/** The names of the files that an op changes, sorted; for removed files, their last names. */
export function namesIn(op: readonly Component[], { files }: WorkspaceDocument): string[] {
  const names = new Set<string>();
  for (const component of op) {
    const file = files[String(component.p[1])] ?? ('oi' in component ? component.oi : undefined);
    if (isFile(file)) names.add(file.name);
  }
  return [...names].sort();
}

/** The changes of each file by the ops of an edit. */
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
