import { InvalidRequestError } from '../errors.ts';
import { shortened } from './validation.ts';

const MOST_DETAILS = 20;

/**
 * Refuses unknown options, so that a misspelt one is noticed. `known`: null for an option that exists; a message for an
 * option of similar libraries that this one does not have. Throws InvalidRequestError, which names each.
 */
export function checkOptions(
  of: string,
  options: unknown,
  known: Readonly<Record<string, string | null>>,
): void {
  if (typeof options !== 'object' || options === null) {
    throw InvalidRequestError.field('options', `${of} takes an object`);
  }
  const details = Object.keys(options).flatMap((field) => {
    const message = Object.hasOwn(known, field) ? known[field] : `is not an option of ${of}`;
    return message ? [{ field: shortened(field, 100), message }] : [];
  });
  if (details.length === 0) return;
  const listed = details.slice(0, MOST_DETAILS);
  throw new InvalidRequestError(listed.map(({ field, message }) => `${field}: ${message}`).join('; '), {
    details: listed,
  });
}
