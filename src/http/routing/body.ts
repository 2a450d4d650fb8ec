import type { z } from 'zod';
import { parse } from '../../chat/validation.ts';
import type { NamedSchema } from './documentation.ts';

/** How a route reads the JSON of its requests. */
export interface BodyReader<Value> {
  /** For the document: a body is any of these. */
  readonly schemas: readonly NamedSchema[];
  readonly required: boolean;
  /** `json`: undefined when there is no body. Throws InvalidRequestError. */
  readonly read: (json: unknown) => Value;
}

export function jsonBody<Value>(name: string, schema: z.ZodType<Value>): BodyReader<Value> {
  return { schemas: [{ name, schema }], required: true, read: (json) => parse(schema, json) };
}

/** No body is the same as `{}`. */
export function optionalJsonBody<Value>(name: string, schema: z.ZodType<Value>): BodyReader<Value> {
  return { schemas: [{ name, schema }], required: false, read: (json) => parse(schema, json ?? {}) };
}
