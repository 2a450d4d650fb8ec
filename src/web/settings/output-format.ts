import type { ResponseFormat } from '../../client/index.ts';

/** The output format: text, or JSON that fits a schema of the server (by its name) or the user's own. */
export const FORMATS = ['text', 'weather', 'analysis', 'own'] as const;

export type FormatName = (typeof FORMATS)[number];

export interface OutputFormat {
  name: FormatName;
  /** The user's own schema as it was typed. Kept while another format is chosen. */
  schema: string;
}

export const TEXT: OutputFormat = { name: 'text', schema: '' };

export const EXAMPLE_SCHEMA = `{
  "type": "object",
  "properties": {
    "title": { "type": "string" },
    "year": { "type": "integer" }
  },
  "required": ["title", "year"],
  "additionalProperties": false
}`;

/** The `responseFormat` of a request. Null: for text, and for an invalid schema. */
export function responseFormatOf({ name, schema }: OutputFormat): ResponseFormat | null {
  if (name === 'text') return null;
  if (name !== 'own') return { type: 'json_schema', schema: name };
  const { value } = read(schema);
  return value ? { type: 'json_schema', schema: value } : null;
}

/** Why the user's own schema cannot be sent; null: it can. The server validates the rest. */
export function problemOf({ name, schema }: OutputFormat): string | null {
  return name === 'own' ? read(schema).problem : null;
}

export function outputFormatFrom(value: unknown): OutputFormat {
  if (typeof value !== 'object' || value === null) return TEXT;
  const schema: unknown = Reflect.get(value, 'schema');
  const name = FORMATS.find((known) => known === Reflect.get(value, 'name')) ?? 'text';
  return { name, schema: typeof schema === 'string' ? schema : '' };
}

type Read = { value: Readonly<Record<string, unknown>>; problem: null } | { value: null; problem: string };

function read(schema: string): Read {
  try {
    const value: unknown = JSON.parse(schema);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      return { value: Object.fromEntries(Object.entries(value)), problem: null };
    }
    return { value: null, problem: 'A schema is a JSON object: { … }.' };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { value: null, problem: schema.trim() === '' ? 'There is no schema yet.' : message };
  }
}
