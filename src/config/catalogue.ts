import { z } from 'zod';
import { ConfigError } from './error.ts';
import { PROVIDER_NAMES } from './providers.ts';
import { isTable, snakeCase, type Table } from './table.ts';

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

const tokens = z.int('a whole number of tokens').min(1, 'a whole number of tokens');
const price = z.number('US dollars per million tokens').min(0, 'US dollars per million tokens');
const flag = z.boolean('true or false');
const names = z.array(z.string('a text'), 'a list of texts');
const number = (max: number) => z.number(`a number from 0 to ${max}`).min(0).max(max);

const table = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, `a table of ${Object.keys(shape).map(snakeCase).join(', ')}`);

/** One model (PROV-3). Omitted values are unknown, or have the most common value. */
const modelEntry = table({
  /** False removes it from the list. */
  enabled: flag.default(true),
  provider: z.enum(PROVIDER_NAMES, `one of ${PROVIDER_NAMES.join(', ')}`),
  /** The provider's own name for it; for Azure the deployment. Default: the id. */
  name: z.string("the provider's name of the model").min(1).nullable().default(null),
  contextWindow: tokens.nullable().default(null),
  maxOutputTokens: tokens.nullable().default(null),
  strengths: names.readonly().default([]),
  supports: table({
    streaming: flag.default(true),
    structuredOutput: flag.default(false),
    reasoning: flag.default(false),
    temperature: flag.default(true),
    stop: flag.default(true),
  }).prefault({}),
  defaults: table({
    temperature: number(2).optional(),
    topP: number(1).optional(),
    maxOutputTokens: tokens.optional(),
    reasoningEffort: z.enum(EFFORTS, `one of ${EFFORTS.join(', ')}`).optional(),
  }).prefault({}),
  /** US dollars per million tokens; null: unknown, which is not the same as free. */
  prices: table({
    input: price.nullable().default(null),
    output: price.nullable().default(null),
  }).prefault({}),
  /** Ids of models to try when this one is unavailable before its first token. */
  fallbacks: names.readonly().default([]),
}).readonly();

/** Models by id. */
export const models = z.record(z.string(), modelEntry, 'a list of [[models]]').readonly();

export type ModelEntry = z.output<typeof modelEntry>;

/**
 * Converts `[[models]]`, each with an `id`, to a table by id, so that a later file can change single keys of a model of
 * an earlier one. Throws a ConfigError for a missing or duplicate id.
 */
export function byId(list: readonly unknown[], file: string): Table {
  const entries = list.map((entry, index) => {
    const { id, ...model } = isTable(entry) ? entry : {};
    if (typeof id === 'string' && id !== '') return [id, model] as const;
    throw new ConfigError(`${file}: models[${index}].id is missing; allowed is the name that requests use.`);
  });
  const twice = entries.find(([id], index) => entries.findIndex(([other]) => other === id) < index);
  if (twice) {
    throw new ConfigError(
      `${file}: models has ${JSON.stringify(twice[0])} twice; allowed is one [[models]] for each id.`,
    );
  }
  return Object.fromEntries(entries);
}

/** Throws a ConfigError for a fallback that is not a model. */
export function checkFallbacks(catalogue: Readonly<Record<string, ModelEntry>>): void {
  for (const [id, { fallbacks }] of Object.entries(catalogue)) {
    const unknown = fallbacks.find((name) => !Object.hasOwn(catalogue, name) || name === id);
    if (unknown === undefined) continue;
    throw new ConfigError(
      `models.${id}.fallbacks names ${JSON.stringify(unknown)}; allowed are the ids of other [[models]].`,
    );
  }
}
