import { InvalidRequestError } from '../errors.ts';

/**
 * What is needed of a ShareDB document of type json0 (`Doc` of `sharedb/lib/client`): fetched, and subscribed if others
 * write into it, too.
 */
export interface SharedDoc {
  readonly collection: string;
  readonly id: string;
  /** As it is now, own ops included. */
  readonly data: unknown;
  submitOp(
    op: readonly Component[],
    options: { source: string } | undefined,
    callback: (error?: unknown) => void,
  ): void;
  fetch(callback: (error?: unknown) => void): void;
}

export type Path = ReadonlyArray<string | number>;

/** The components of json0 that are written here. */
export type Component =
  | { p: Path; si: string }
  | { p: Path; sd: string }
  | { p: Path; li: unknown }
  | { p: Path; oi: unknown; od?: unknown }
  | { p: Path; od: unknown };

/**
 * Applies an op at once, here; resolves when the server has it. Rejects with what ShareDB says, whatever that was. An op
 * without components is not sent: it would be stored and broadcast all the same.
 */
export function submit(doc: SharedDoc, op: readonly Component[], source?: string): Promise<void> {
  if (op.length === 0) return Promise.resolve();
  return new Promise((resolve, reject) => {
    doc.submitOp(op, source === undefined ? undefined : { source }, (error) =>
      error ? reject(error) : resolve(),
    );
  });
}

/** Resolves when the document is as new as the server's. */
export function refresh(doc: SharedDoc): Promise<void> {
  return new Promise((resolve, reject) => {
    doc.fetch((error) => (error ? reject(error) : resolve()));
  });
}

/** Sets a field of an object in the document, or removes it (undefined); nothing where it is like that already. */
export function setField(object: object, at: Path, name: string, value: unknown): Component[] {
  const p = [...at, name];
  const current = fieldOf(object, name);
  if (current === value) return [];
  if (current === undefined) return [{ p, oi: value }];
  return value === undefined ? [{ p, od: current }] : [{ p, od: current, oi: value }];
}

/** Throws InvalidRequestError when there is no document. */
export function dataOf(doc: SharedDoc): object {
  if (isObject(doc.data)) return doc.data;
  throw InvalidRequestError.field('doc', `${doc.collection}/${doc.id} is no document that was fetched`);
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Own fields only: a document may be asked for any name. */
export function fieldOf(object: unknown, name: string): unknown {
  return isObject(object) && Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;
}
