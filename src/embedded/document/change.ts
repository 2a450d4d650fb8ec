import { fieldOf } from './shared-doc.ts';

export type Path = ReadonlyArray<string | number>;

/**
 * A change of a document, independent of its OT type. Several changes are applied in order, each to the document after
 * the previous one. Offsets in a text are UTF-16 units.
 */
export type Change =
  | { kind: 'insert'; path: Path; at: number; text: string }
  | { kind: 'remove'; path: Path; at: number; text: string }
  | { kind: 'item'; path: Path; index: number; value: unknown }
  /**
   * `value` undefined: removes the field. `was`: the previous value, which an op of json0 must contain; undefined:
   * there was none.
   */
  | { kind: 'field'; path: Path; value: unknown; was: unknown };

/**
 * Sets a field of an object in the document, or removes it (undefined). Returns no change when the field has the value
 * already.
 */
export function setField(object: object, at: Path, name: string, value: unknown): Change[] {
  const was = fieldOf(object, name);
  return was === value ? [] : [{ kind: 'field', path: [...at, name], value, was }];
}
