import type { Change, Path } from './change.ts';
import type { OtType } from './shared-doc.ts';

/** ShareDB's default type; only what is used here. */
export interface Json0 extends OtType {
  compose(one: readonly Component[], other: readonly Component[]): Component[];
  transform(op: readonly Component[], by: readonly Component[], side: 'left'): Component[];
  invert(op: readonly Component[]): Component[];
}

/** A component of an op. */
export interface Component {
  p: Path;
  si?: string;
  sd?: string;
  li?: unknown;
  ld?: unknown;
  oi?: unknown;
  od?: unknown;
}

export function isJson0(type: OtType): type is Json0 {
  return type.uri === 'http://sharejs.org/types/JSONv0';
}

/** Null: nothing would change. */
export function json0Op(changes: readonly Change[]): Component[] | null {
  return changes.length === 0 ? null : changes.map(componentOf);
}

function componentOf(change: Change): Component {
  switch (change.kind) {
    case 'insert':
      return { p: [...change.path, change.at], si: change.text };
    case 'remove':
      return { p: [...change.path, change.at], sd: change.text };
    case 'item':
      return { p: [...change.path, change.index], li: change.value };
    case 'field':
      return {
        p: change.path,
        ...(change.was === undefined ? {} : { od: change.was }),
        ...(change.value === undefined ? {} : { oi: change.value }),
      };
  }
}
