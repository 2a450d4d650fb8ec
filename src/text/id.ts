import { z } from 'zod';

/** Whether every object has a property of this name, so that no id may be one. */
export function isObjectKey(id: string): boolean {
  return id in Object.prototype || id === 'prototype';
}

/**
 * An id that a client may choose. ShareDB keeps documents in an object, by their ids: none may be an object's own key.
 */
export const idSchema = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,128}$/, 'must be 1 to 128 characters of A-Z, a-z, 0-9, _ and -')
  .refine((id) => !isObjectKey(id), 'must not be the name of a property that every object has');
