import type { Path } from '../document/change.ts';
import type { Json1, Json1Op } from '../document/json1.ts';
import { valueAt } from '../document/shared-doc.ts';
import { textOf } from './files-in.ts';

/** The inverse of an edit, transformed against ops of collaborators. */
export class Json1Undo {
  readonly #type: Json1;
  #inverse: Json1Op = null;
  /** The paths of created files. Undo must not remove text that collaborators have written into them. */
  #created: Path[] = [];

  constructor(type: Json1) {
    this.#type = type;
  }

  get hasChanges(): boolean {
    return this.#inverse !== null || this.#created.length > 0;
  }

  created(path: Path): void {
    this.#created.push(path);
  }

  /** `data`: the document before the op. */
  add(op: Json1Op, data: unknown): void {
    this.#inverse = this.#type.compose(this.#type.invertWithDoc(op, data), this.#inverse);
  }

  /** Transforms the inverse against a collaborator's op. */
  transform(op: Json1Op): void {
    // When both put a file in the same place, the collaborator's file is kept.
    this.#inverse = this.#type.transformNoConflict(this.#inverse, op, 'right');
    this.#created = this.#created.flatMap((path) => {
      const now = this.#type.transformPosition(path, op);
      return now ? [now] : [];
    });
  }

  /** Returns one op that undoes the edit in `data`, and clears the inverse. */
  takeInverse(data: unknown): Json1Op {
    let op = this.#inverse;
    const restored = this.#type.apply(data, op);
    for (const path of this.#created)
      if (textOf(valueAt(restored, path)) === '') op = this.#type.compose(op, [...path, { r: true }]);
    this.#inverse = null;
    this.#created = [];
    return op;
  }
}
