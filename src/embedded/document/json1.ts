import type { TextStep } from '../../text/text-change.ts';
import type { Change, Path } from './change.ts';
import { textOp } from './json1-text.ts';
import { type OtType, valueAt } from './shared-doc.ts';

/** An op is a list of keys, components and lists; null is an op without effect. */
export type Json1Op = readonly unknown[] | null;

/** The type json1; only what is used here. Its documents are never changed in place. */
export interface Json1 extends OtType {
  apply(data: unknown, op: Json1Op): unknown;
  compose(one: Json1Op, other: Json1Op): Json1Op;
  /** Like `transform`, but drops the effect of one op where the two conflict; `transform` throws there. */
  transformNoConflict(op: Json1Op, by: Json1Op, side: 'left' | 'right'): Json1Op;
  /** `data`: the document before the op. */
  makeInvertible(op: Json1Op, data: unknown): Json1Op;
  invertWithDoc(op: Json1Op, data: unknown): Json1Op;
  /** Null: the value at the position was removed. */
  transformPosition(path: Path, op: Json1Op): Path | null;
}

const FUNCTIONS = [
  'apply',
  'compose',
  'transformNoConflict',
  'invertWithDoc',
  'makeInvertible',
  'transformPosition',
];

/** Also recognizes copies of json1 that bundlers gave another name, by their functions (`ot-json1-presence`). */
export function isJson1(type: OtType): type is Json1 {
  return FUNCTIONS.every((name) => typeof Reflect.get(type, name) === 'function');
}

/** One op with all changes. Null: nothing would change. */
export function json1Op(type: Json1, changes: readonly Change[], data: unknown): Json1Op {
  let whole: Json1Op = null;
  let state = data;
  for (let at = 0; at < changes.length; ) {
    const { op, taken } = nextOp(changes, at, state);
    at += taken;
    whole = type.compose(whole, op);
    if (at < changes.length) state = type.apply(state, op);
  }
  return whole;
}

function nextOp(changes: readonly Change[], from: number, data: unknown): { op: Json1Op; taken: number } {
  const change = changes[from];
  switch (change?.kind) {
    case 'insert':
    case 'remove': {
      const text = valueAt(data, change.path);
      if (typeof text !== 'string') return { op: null, taken: 1 };
      const { op, taken } = textOp(text, stepsAt(change.path, changes.slice(from)));
      return { op: [...change.path, { es: op }], taken };
    }
    case 'item':
      return { op: [...change.path, change.index, { i: change.value }], taken: 1 };
    case 'field':
      return { op: fieldOp(change, valueAt(data, change.path)), taken: 1 };
    case undefined:
      return { op: null, taken: 1 };
  }
}

function fieldOp(change: Change & { kind: 'field' }, current: unknown): Json1Op {
  const { path, value, was = true } = change;
  if (value === current) return null;
  // A removal contains the removed value where possible, because ShareDB rolls an op back by what the op itself
  // contains.
  const removed = current === undefined ? {} : { r: was };
  return [...path, { ...removed, ...(value === undefined ? {} : { i: value }) }];
}

/** The changes at the beginning of the list that are of one text. */
function stepsAt(path: Path, changes: readonly Change[]): TextStep[] {
  const steps: TextStep[] = [];
  for (const change of changes) {
    if ((change.kind !== 'insert' && change.kind !== 'remove') || !isSame(path, change.path)) break;
    const { at, text } = change;
    steps.push(change.kind === 'insert' ? { at, insert: text } : { at, remove: text.length });
  }
  return steps;
}

function isSame(one: Path, other: Path): boolean {
  return one === other || (one.length === other.length && one.every((key, index) => key === other[index]));
}
