/**
 * Received fields with the names of `T`, but of any type. Providers send null, lists and numbers where their
 * documentation has a string; so every field is checked before use, and unexpected values are ignored.
 */
export type Fields<T> = { readonly [Name in keyof T]?: unknown };

const NONE = {};

/** The fields of an object; none of anything else. */
export function fieldsOf<T>(value: unknown): Fields<T> {
  return isFields<T>(value) ? value : NONE;
}

/** The elements of a list; none of anything else. */
export function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

function isFields<T>(value: unknown): value is Fields<T> {
  return typeof value === 'object' && value !== null;
}
