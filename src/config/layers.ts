import type { z } from 'zod';
import { ConfigError } from './error.ts';
import { type Settings, settings } from './settings.ts';
import { isTable, snakeCase, type Table } from './table.ts';

/** One source of settings. Later layers override earlier ones, key by key; lists are replaced as a whole. */
export interface Layer {
  values: Table;
  /** The name of a key of this layer in a message: `config/default.toml: server.port`, or `PORT`. */
  nameOf(path: readonly PropertyKey[]): string;
}

/** Merges and validates. Throws a ConfigError about the first mistake that names its layer. */
export function validated(layers: readonly [Layer, ...Layer[]]): Settings {
  const merged = layers.map(({ values }) => values).reduce(merge, {});
  const result = settings.safeParse(merged);
  if (result.success) return result.data;
  throw new ConfigError(sentence(result.error, layers));
}

/** `config/default.toml: server.port` */
export function keyInFile(file: string, path: readonly PropertyKey[]): string {
  const key = path.reduce<string>((before, part) => {
    if (typeof part === 'number') return `${before}[${part}]`;
    return before === '' ? snakeCase(String(part)) : `${before}.${snakeCase(String(part))}`;
  }, '');
  return `${file}: ${key}`;
}

function merge(under: Table, over: Table): Table {
  const merged = Object.entries(over).map(([key, value]) => {
    const below = under[key];
    return [key, isTable(value) && isTable(below) ? merge(below, value) : value] as const;
  });
  return { ...under, ...Object.fromEntries(merged) };
}

function sentence({ issues }: z.ZodError, layers: readonly [Layer, ...Layer[]]): string {
  const [issue] = issues;
  if (!issue) return 'The configuration is not valid.';
  const [unknown] = issue.code === 'unrecognized_keys' ? issue.keys : [];
  const path = unknown === undefined ? issue.path : [...issue.path, unknown];
  const layer = layers.findLast(({ values }) => valueAt(values, path) !== undefined) ?? layers[0];
  const found = unknown === undefined ? shown(valueAt(layer.values, path)) : 'not known';
  return `${layer.nameOf(path)} is ${found}; allowed is ${issue.message}.`;
}

function valueAt(root: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, part) => {
    if (Array.isArray(value)) return typeof part === 'number' ? value[part] : undefined;
    return isTable(value) && Object.hasOwn(value, part) ? value[String(part)] : undefined;
  }, root);
}

function withoutPassword(text: string): string {
  const [start, end] = [text.indexOf('//'), text.lastIndexOf('@')];
  return start >= 0 && end > start ? `${text.slice(0, start)}//…${text.slice(end)}` : text;
}

/** A value on one line, shortened, and without the password of a URL. */
function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value instanceof Date) return `the date ${value.toISOString()}`;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  if (isTable(value)) return 'a section';
  const safe = typeof value === 'string' ? withoutPassword(value).replace(/\?.*/s, '?…') : value;
  const json = JSON.stringify(safe);
  return json.length > 80 ? `${json.slice(0, 80)}…` : json;
}
