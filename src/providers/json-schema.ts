/**
 * Whether OpenAI takes a schema as `strict`: every object names all its properties as required, and allows no others
 * (https://platform.openai.com/docs/guides/structured-outputs). Others are sent as a wish; the answer is validated anyway.
 */
export function isStrict(schema: unknown): boolean {
  if (Array.isArray(schema)) return schema.every(isStrict);
  if (typeof schema !== 'object' || schema === null) return true;
  const { properties, required, additionalProperties }: Record<string, unknown> = { ...schema };
  if (typeof properties === 'object' && properties !== null) {
    if (additionalProperties !== false || !Array.isArray(required)) return false;
    if (!Object.keys(properties).every((name) => required.includes(name))) return false;
  }
  return Object.values(schema).every(isStrict);
}
