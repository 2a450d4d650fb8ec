import type { Json1, Json1Op } from '../document/json1.ts';
import { differenceOf } from './json1-file-changes.ts';

/** An op that the server has not confirmed yet, and its inverse; both transformed against ops of collaborators. */
interface InFlight {
  op: Json1Op;
  inverse: Json1Op;
}

/**
 * A document of type json1 with ops of an edit that ShareDB does not have yet. One op is in flight at a time; further
 * ops are composed into one that waits. Ops of collaborators are transformed against both.
 */
export class Json1LocalDocument {
  readonly #type: Json1;
  #data: unknown;
  /** ShareDB's document: with the op in flight, without the waiting one. */
  #submitted: unknown;
  #inFlight: InFlight | null = null;
  #waiting: Json1Op = null;

  constructor(type: Json1, data: unknown) {
    this.#type = type;
    this.#data = data;
    this.#submitted = data;
  }

  /** The document with all ops of the edit. */
  get data(): unknown {
    return this.#data;
  }

  /** ShareDB's document when it was last passed to this object. */
  get submitted(): unknown {
    return this.#submitted;
  }

  get isInFlight(): boolean {
    return this.#inFlight !== null;
  }

  get isWaiting(): boolean {
    return this.#waiting !== null;
  }

  /** Applies an op of the edit. */
  add(op: Json1Op): void {
    this.#data = this.#type.apply(this.#data, op);
    this.#waiting = this.#type.compose(this.#waiting, op);
  }

  /** Puts the waiting op in flight, and returns it. */
  takeWaiting(): Json1Op {
    const op = this.#type.makeInvertible(this.#waiting, this.#submitted);
    this.#waiting = null;
    this.#inFlight = { op, inverse: this.#type.invertWithDoc(op, this.#submitted) };
    return op;
  }

  /** ShareDB has applied the op in flight. `data`: the document after it. */
  ownOpApplied(data: unknown): void {
    this.#submitted = data;
  }

  /** The op in flight was confirmed, or was dropped and handled by `rebase`. */
  clearInFlight(): void {
    this.#inFlight = null;
  }

  /**
   * Applies a collaborator's op. `data`: ShareDB's document after it. Returns the op transformed to apply to
   * `this.data`.
   */
  applyRemote(op: Json1Op, data: unknown): Json1Op {
    if (this.#inFlight) {
      const { op: own, inverse } = this.#inFlight;
      const before = this.#transform(op, inverse, 'right');
      this.#inFlight = {
        op: this.#transform(own, before, 'left'),
        inverse: this.#transform(inverse, op, 'left'),
      };
    }
    const transformed = this.#transform(op, this.#waiting, 'right');
    this.#waiting = this.#transform(this.#waiting, op, 'left');
    this.#setSubmitted(data);
    return transformed;
  }

  /**
   * Handles a dropped op: it waits again, transformed to apply to `data`, the newest version. Returns the changes of
   * collaborators since, transformed to apply to `this.data`.
   */
  rebase(data: unknown): Json1Op {
    const [own, theirs] = this.#sinceFlight(data);
    const onFlight = this.#transform(theirs, own, 'right');
    const transformed = this.#transform(onFlight, this.#waiting, 'right');
    this.#waiting = this.#type.compose(
      this.#transform(own, theirs, 'left'),
      this.#transform(this.#waiting, onFlight, 'left'),
    );
    this.#setSubmitted(data);
    return transformed;
  }

  #setSubmitted(submitted: unknown): void {
    this.#submitted = submitted;
    this.#data = this.#type.apply(submitted, this.#waiting);
  }

  /**
   * The op that was in flight, and the changes of collaborators since. ShareDB also reports an op as dropped when it
   * fetched the document again because of another op; the server may then have stored it. The smaller of the two
   * possible differences decides.
   */
  #sinceFlight(data: unknown): [Json1Op, Json1Op] {
    const { op, inverse } = this.#inFlight ?? { op: null, inverse: null };
    const ifDropped = differenceOf(this.#type, this.#type.apply(this.#submitted, inverse), data);
    const ifStored = differenceOf(this.#type, this.#submitted, data);
    const sizeOf = (difference: Json1Op) => JSON.stringify(difference).length;
    return sizeOf(ifStored) < sizeOf(ifDropped) ? [null, ifStored] : [op, ifDropped];
  }

  #transform(op: Json1Op, by: Json1Op, side: 'left' | 'right'): Json1Op {
    return this.#type.transformNoConflict(op, by, side);
  }
}
