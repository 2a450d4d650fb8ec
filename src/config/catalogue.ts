import { z } from 'zod';
import { ConfigError } from './error.ts';
import { isTable, type Table } from './table.ts';

/** Who can be named in the catalogue. */
export const PROVIDER_NAMES = ['azure', 'openai', 'openrouter', 'anthropic', 'gemini', 'ollama'] as const;

const EFFORTS = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'] as const;

const tokens = z.int('a whole number of tokens').min(1, 'a whole number of tokens');
const price = z.number('US dollars per million tokens').min(0, 'US dollars per million tokens');
const flag = z.boolean('true or false');
const names = z.array(z.string('a text'), 'a list of texts');
const number = (max: number) => z.number(`a number from 0 to ${max}`).min(0).max(max);

const table = <Shape extends z.ZodRawShape>(shape: Shape) =>
  z.strictObject(shape, `a table of ${Object.keys(shape).map(snakeCase).join(', ')}`);

/** One model (PROV-3). What is left out is unknown, or as most models have it. */
export const modelEntry = table({
  /** False takes it from the list, for good. */
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

/** By id. */
export const models = z.record(z.string(), modelEntry, 'a list of [[models]]').readonly();

export type ModelEntry = z.output<typeof modelEntry>;

/**
 * `[[models]]`, each with an `id`, as a table by id, so that a later file changes some keys of a model that an earlier one
 * has. Throws a ConfigError when an id is missing, or there twice.
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

/** Throws a ConfigError about a fallback that is no model. */
export function checkFallbacks(catalogue: Readonly<Record<string, ModelEntry>>): void {
  for (const [id, { fallbacks }] of Object.entries(catalogue)) {
    const unknown = fallbacks.find((name) => !Object.hasOwn(catalogue, name) || name === id);
    if (unknown === undefined) continue;
    throw new ConfigError(
      `models.${id}.fallbacks names ${JSON.stringify(unknown)}; allowed are the ids of other [[models]].`,
    );
  }
}

function snakeCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
}
