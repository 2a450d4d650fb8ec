import { InvalidRequestError } from '../../errors.ts';
import type { Change } from './change.ts';
import { fieldOf, isObject, type SharedDoc } from './shared-doc.ts';

/**
 * The change that creates an empty object at the top of the document if there is none. Throws InvalidRequestError when
 * there is another kind of value.
 */
export function missingContainer(doc: SharedDoc, name: string): Change[] {
  const container = fieldOf(doc.data, name);
  if (container === undefined) return [{ kind: 'field', path: [name], value: {}, was: undefined }];
  if (isObject(container) && !Array.isArray(container)) return [];
  throw InvalidRequestError.field('doc', `keeps something else under "${name}"`);
}
