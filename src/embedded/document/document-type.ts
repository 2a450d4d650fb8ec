import { InvalidRequestError } from '../../errors.ts';
import type { Change } from './change.ts';
import { isJson0, type Json0, json0Op } from './json0.ts';
import { isJson1, type Json1, json1Op } from './json1.ts';
import { isObject, refresh, type SharedDoc } from './shared-doc.ts';

/** The supported OT types. */
export type DocumentType = { name: 'json0'; type: Json0 } | { name: 'json1'; type: Json1 };

/** Throws InvalidRequestError for a value that is not a document, was not fetched, or is of another type. */
export function documentTypeOf(doc: SharedDoc): DocumentType {
  checkIsDoc(doc);
  const { type, data } = doc;
  if (!type || !isObject(data)) throw refused(doc, 'is no document that was fetched');
  if (isJson0(type)) return { name: 'json0', type };
  if (isJson1(type)) return { name: 'json1', type };
  throw refused(doc, `is of the type ${type.name ?? type.uri ?? 'unknown'}, not json0 or json1`);
}

/** Fetches the document if that was not done yet, and returns its type. */
export async function openedTypeOf(doc: SharedDoc): Promise<DocumentType> {
  checkIsDoc(doc);
  if (!doc.type) await refresh(doc);
  return documentTypeOf(doc);
}

/** One op with all changes to the current document. Null: nothing would change. */
export function opOf(doc: SharedDoc, changes: readonly Change[]): unknown {
  const { name, type } = documentTypeOf(doc);
  return name === 'json0' ? json0Op(changes) : json1Op(type, changes, doc.data);
}

/** Throws InvalidRequestError. */
export function checkIsDoc(doc: unknown): void {
  if (isObject(doc) && ['submitOp', 'fetch'].every((name) => typeof Reflect.get(doc, name) === 'function'))
    return;
  throw InvalidRequestError.field('doc', 'must be a document of ShareDB');
}

function refused({ collection, id }: SharedDoc, why: string): InvalidRequestError {
  return InvalidRequestError.field('doc', `${collection}/${id} ${why}`);
}
