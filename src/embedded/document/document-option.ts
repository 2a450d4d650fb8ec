import { InvalidRequestError } from '../../errors.ts';

/** The document, under one of its two names; VZCode calls it `shareDBDoc`. */
export type OfDocument<Doc> = { doc: Doc; shareDBDoc?: undefined } | { shareDBDoc: Doc; doc?: undefined };

/** Throws InvalidRequestError when both are given, or neither. */
export function docOf<Doc>({ doc, shareDBDoc }: OfDocument<Doc>): Doc {
  if (doc !== undefined && shareDBDoc !== undefined) {
    throw InvalidRequestError.field('shareDBDoc', 'is another name of doc; give one of them');
  }
  const given = doc ?? shareDBDoc;
  if (given !== undefined) return given;
  throw InvalidRequestError.field('doc', 'must be a document of ShareDB');
}
