import { z } from 'zod';
import { InvalidRequestError } from '../errors.ts';
import type { ResponseFormat } from './models.ts';
import { boundedRecord, optional } from './validation.ts';

type Schema = ResponseFormat['schema'];

/** An object as OpenAI's strict mode requires it: all properties required, no others allowed. */
const object = (properties: Record<string, Schema>): Schema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

const text = (description: string): Schema => ({ type: 'string', description });
const number = (description: string): Schema => ({ type: 'number', description });

/** Schemas that a request can refer to by name (PROV-7). */
export const PREDEFINED_SCHEMAS = {
  weather: object({
    location: text('Where'),
    temperature: number('In the unit below'),
    unit: { type: 'string', enum: ['celsius', 'fahrenheit'] },
    conditions: text('In a few words, such as "light rain"'),
    humidity: number('In percent'),
    windSpeed: number('In km/h'),
    forecast: {
      type: 'array',
      items: object({
        day: text('Which'),
        high: number('Highest temperature'),
        low: number('Lowest temperature'),
      }),
    },
  }),
  analysis: object({
    summary: text('In two or three sentences'),
    sentiment: { type: 'string', enum: ['positive', 'neutral', 'negative', 'mixed'] },
    topics: { type: 'array', items: { type: 'string' } },
    keyPoints: { type: 'array', items: { type: 'string' } },
    confidence: number('From 0 to 1'),
  }),
} as const;

const names = Object.keys(PREDEFINED_SCHEMAS) as [keyof typeof PREDEFINED_SCHEMAS];

/** Upper limit of keywords at the top level of a schema; depth and size are limited as in every body. */
const MOST_FIELDS = 1_000;

/** The schema's name for the provider. */
const schemaName = z
  .string()
  .regex(/^[A-Za-z0-9_-]{1,64}$/, 'must be 1 to 64 characters of A-Z, a-z, 0-9, _ and -');

/** `{type: 'json_schema', schema}`, the schema itself or the name of a predefined one. */
export const responseFormatSchema = z.strictObject({
  type: z.literal('json_schema'),
  /** The schema's name for the provider. */
  name: optional(schemaName),
  schema: z
    .union(
      [z.enum(names), boundedRecord(MOST_FIELDS)],
      `must be a JSON schema, or one of ${names.join(', ')}`,
    )
    .optional(),
});

/** Throws InvalidRequestError when neither a schema nor the name of a predefined one is given. */
export function responseFormatOf({ name, schema }: z.infer<typeof responseFormatSchema>): ResponseFormat {
  const named = typeof schema === 'string' ? schema : names.find((known) => known === name);
  if (typeof schema === 'object') return { type: 'json_schema', name: name ?? 'answer', schema };
  if (named) return { type: 'json_schema', name: named, schema: PREDEFINED_SCHEMAS[named] };
  const message = `must be a JSON schema, or one of ${names.join(', ')}`;
  throw InvalidRequestError.field('options.responseFormat.schema', message);
}
