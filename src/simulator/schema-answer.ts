import { z } from 'zod';

/** The keywords of JSON Schema that structured outputs use. Unknown ones are ignored. */
const SchemaNode = z.looseObject({
  $ref: z.string().optional(),
  type: z.union([z.string(), z.array(z.string())]).optional(),
  const: z.unknown().optional(),
  enum: z.array(z.unknown()).optional(),
  anyOf: z.array(z.unknown()).optional(),
  oneOf: z.array(z.unknown()).optional(),
  allOf: z.array(z.unknown()).optional(),
  properties: z.record(z.string(), z.unknown()).optional(),
  required: z.array(z.string()).optional(),
  items: z.unknown().optional(),
  minItems: z.int().optional(),
  format: z.string().optional(),
  minLength: z.int().optional(),
  maxLength: z.int().optional(),
  minimum: z.number().optional(),
  maximum: z.number().optional(),
  exclusiveMinimum: z.number().optional(),
  exclusiveMaximum: z.number().optional(),
  multipleOf: z.number().positive().optional(),
});
type SchemaNode = z.output<typeof SchemaNode>;

/** Deeper than any schema that structured outputs accept (5 levels), with room for references that recur. */
const MAX_DEPTH = 12;

/** From this depth on the shortest value is chosen; structured outputs may nest this deep. */
const DEEP = 5;

const FORMATS: Record<string, string> = {
  date: '2025-01-15',
  time: '12:00:00Z',
  'date-time': '2025-01-15T12:00:00Z',
  email: 'simulator@example.com',
  uuid: '00000000-0000-4000-8000-000000000000',
  uri: 'https://example.com/',
  ipv4: '127.0.0.1',
  hostname: 'example.com',
};

/** A value that satisfies the schema, always the same one. `pattern` is ignored. */
export function valueFor(schema: unknown): unknown {
  return generate(schema, schema, 'answer', 0);
}

function generate(source: unknown, root: unknown, name: string, depth: number): unknown {
  const parsed = SchemaNode.safeParse(source);
  if (!parsed.success) return `simulated ${name}`;
  const node = parsed.data;
  const descend = (child: unknown) => generate(child, root, name, depth + 1);
  if (depth > MAX_DEPTH) return null;
  if (node.$ref !== undefined) return descend(resolve(node.$ref, root));
  if ('const' in node) return node.const;
  if (node.enum) return node.enum[0];
  const [first] = node.anyOf ?? node.oneOf ?? [];
  if (first !== undefined) return descend(simplest(node.anyOf ?? node.oneOf ?? [], depth));
  if (node.allOf) return Object.assign({}, ...node.allOf.map(descend));
  switch (typeOf(node, depth)) {
    case 'object':
      return objectFor(node, root, depth);
    case 'array':
      return Array.from({ length: arrayLength(node, depth) }, () => descend(node.items ?? {}));
    case 'number':
      return numberFor(node, node.multipleOf ?? 0.5);
    case 'integer':
      return numberFor(node, node.multipleOf ?? 1);
    case 'boolean':
      return true;
    case 'null':
      return null;
    default:
      return stringFor(node, name);
  }
}

function objectFor(node: SchemaNode, root: unknown, depth: number): Record<string, unknown> {
  const entries = Object.entries(node.properties ?? {}).filter(
    // Optional properties are left out once it gets deep: this is where most recursive schemas end.
    ([name]) => depth < DEEP || (node.required ?? []).includes(name),
  );
  return Object.fromEntries(entries.map(([name, child]) => [name, generate(child, root, name, depth + 1)]));
}

/** One item; none at depth, so that recursive lists end. */
function arrayLength(node: SchemaNode, depth: number): number {
  return node.minItems ?? (depth < DEEP ? 1 : 0);
}

/** The first alternative; once it gets deep, null if that is one of them, so that linked lists end. */
function simplest(alternatives: readonly unknown[], depth: number): unknown {
  const nothing = alternatives.find((child) => SchemaNode.safeParse(child).data?.type === 'null');
  return depth >= DEEP && nothing !== undefined ? nothing : alternatives[0];
}

function typeOf(node: SchemaNode, depth: number): string {
  if (Array.isArray(node.type)) {
    const something = node.type.find((type) => type !== 'null');
    return depth >= DEEP && node.type.includes('null') ? 'null' : (something ?? 'null');
  }
  return node.type ?? (node.properties ? 'object' : node.items ? 'array' : 'string');
}

/** The multiple of `step` nearest above the lower bound, or below the upper one, or 1 if it is free. */
function numberFor(node: SchemaNode, step: number): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum } = node;
  if (exclusiveMinimum !== undefined) return (Math.floor(exclusiveMinimum / step) + 1) * step;
  if (minimum !== undefined) return Math.ceil(minimum / step) * step;
  if (exclusiveMaximum !== undefined) return (Math.ceil(exclusiveMaximum / step) - 1) * step;
  if (maximum !== undefined) return Math.floor(maximum / step) * step;
  return Math.ceil(1 / step) * step;
}

function stringFor(node: SchemaNode, name: string): string {
  const known = node.format === undefined ? undefined : FORMATS[node.format];
  return (known ?? `simulated ${name}`).padEnd(node.minLength ?? 0, '.').slice(0, node.maxLength);
}

/** A JSON pointer within the document, as in `#/$defs/address`. */
function resolve(reference: string, root: unknown): unknown {
  return reference
    .split('/')
    .slice(1)
    .reduce<unknown>((node, key) => {
      const name = key.replaceAll('~1', '/').replaceAll('~0', '~');
      return typeof node === 'object' && node !== null ? Reflect.get(node, name) : undefined;
    }, root);
}
