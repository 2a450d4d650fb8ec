type Schema = Record<string, unknown>;

/** Keywords whose value is a schema, a list of schemas, or an object of named schemas. All others have plain values. */
const ONE = [
  'additionalItems',
  'additionalProperties',
  'contains',
  'contentSchema',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
] as const;
const LISTS = ['allOf', 'anyOf', 'items', 'oneOf', 'prefixItems'] as const;
const NAMED = [
  '$defs',
  'definitions',
  'dependencies',
  'dependentSchemas',
  'patternProperties',
  'properties',
] as const;

/**
 * Whether OpenAI accepts a schema as `strict`: every object requires all its properties, and allows no others
 * (https://platform.openai.com/docs/guides/structured-outputs). Other schemas are sent without `strict`; the answer is
 * validated anyway.
 */
export function isStrict(schema: unknown): boolean {
  return isSchema(schema) && schema.type === 'object' && isClosed(schema);
}

function isClosed(schema: unknown): boolean {
  if (!isSchema(schema)) return schema !== true;
  if (isOfObjects(schema)) {
    const { properties = {}, required = [], additionalProperties } = schema;
    if (additionalProperties !== false || !isSchema(properties) || !Array.isArray(required)) return false;
    if (!Object.keys(properties).every((name) => required.includes(name))) return false;
  }
  return partsOf(schema).every(isClosed);
}

/** The schema with `additionalProperties: false` in each object, which Claude requires. */
export function closed(schema: Readonly<Schema>): Schema {
  const copy: Schema = { ...schema };
  for (const key of ONE) if (isSchema(copy[key])) copy[key] = closed(copy[key]);
  for (const key of LISTS) {
    const list = copy[key];
    if (Array.isArray(list)) copy[key] = list.map((part: unknown) => (isSchema(part) ? closed(part) : part));
  }
  for (const key of NAMED) {
    const named = copy[key];
    if (!isSchema(named)) continue;
    copy[key] = Object.fromEntries(
      Object.entries(named).map(([name, part]) => [name, isSchema(part) ? closed(part) : part]),
    );
  }
  if (isOfObjects(copy)) copy.additionalProperties = false;
  return copy;
}

/** Whether it allows objects without naming a property: closed, it would allow only `{}`. */
export function isAnyObject(schema: Readonly<Schema>): boolean {
  const tells = ['properties', 'anyOf', 'oneOf', 'allOf', '$ref', 'if', 'enum', 'const'];
  return isOfObjects(schema) && !tells.some((key) => key in schema);
}

function isOfObjects({ type, ...schema }: Readonly<Schema>): boolean {
  if (type === 'object' || (Array.isArray(type) && type.includes('object'))) return true;
  return type === undefined && (isSchema(schema.properties) || 'additionalProperties' in schema);
}

function partsOf(schema: Readonly<Schema>): unknown[] {
  return [
    ...ONE.map((key) => schema[key]).filter(isSchema),
    ...LISTS.map((key) => schema[key]).flatMap((list) => (Array.isArray(list) ? list : [])),
    ...NAMED.map((key) => schema[key]).flatMap((named) => (isSchema(named) ? Object.values(named) : [])),
  ].filter(isSchema);
}

function isSchema(value: unknown): value is Schema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
