/**
 * The part of a ShareDB document (`Doc` of `sharedb/lib/client`) of type json0 or json1 that is used here. It must be
 * fetched, and subscribed if others write to it, too.
 */
export interface SharedDoc {
  readonly collection: string;
  readonly id: string;
  /** Null: it was not fetched, or does not exist. */
  readonly type: OtType | null;
  /** The current document, own ops included. */
  readonly data: unknown;
  submitOp(op: unknown, options: { source: string } | undefined, callback: (error?: unknown) => void): void;
  fetch(callback: (error?: unknown) => void): void;
}

/** The part of an OT type that is common to all. */
export interface OtType {
  readonly name?: string;
  readonly uri?: string;
}

/** Applies an op locally at once; resolves when the server has stored it. Rejects with ShareDB's error. */
export function submit(doc: SharedDoc, op: unknown, source?: string): Promise<void> {
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

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Reads own properties only, because names come from outside (`__proto__`). */
export function fieldOf(object: unknown, name: string | number): unknown {
  return isObject(object) && Object.hasOwn(object, name) ? Reflect.get(object, name) : undefined;
}

/** The value at a path of the document; undefined: there is none. */
export function valueAt(data: unknown, path: ReadonlyArray<string | number>): unknown {
  return path.reduce<unknown>(fieldOf, data);
}
