import { relative } from 'node:path';
import { isNativeError } from 'node:util/types';
import { parse } from '@iarna/toml';
import { byId } from './catalogue.ts';
import { ConfigError, reasonOf } from './error.ts';
import { keyInFile, type Layer } from './layers.ts';
import { camelCase, isTable, type Table } from './table.ts';
import { readTextFile } from './text-file.ts';

/** Reads a TOML file. Throws a ConfigError that names the file, and the line if it is not TOML. */
export function tomlFile(path: string): Layer {
  const file = shortest(path);
  const values = inCodeNames(parsed(readTextFile(path, file), file), file);
  const { models } = values;
  return {
    values: Array.isArray(models) ? { ...values, models: byId(models, file) } : values,
    nameOf: (key) => keyInFile(file, key),
  };
}

function parsed(toml: string, file: string): Table {
  try {
    return parse(toml);
  } catch (error) {
    // The rest of the parser's message is an excerpt that might contain a secret; its lines count from 0.
    const [reason] = reasonOf(error).split(/ at row|\n/, 1);
    const line =
      isNativeError(error) && 'line' in error && typeof error.line === 'number' ? error.line + 1 : 1;
    throw new ConfigError(`${file}, line ${line}: this is not TOML: ${reason}.`);
  }
}

function inCodeNames(table: Table, file: string, parents: readonly string[] = []): Table {
  const entries = Object.entries(table).map(([key, value]) => {
    const path = [...parents, key];
    // Otherwise `drainMs` would be accepted like `drain_ms`.
    if (/[A-Z]/.test(key)) {
      throw new ConfigError(`${file}: ${path.join('.')} is not known; allowed are lower_case_names only.`);
    }
    return [camelCase(key), inCodeValue(value, file, path)] as const;
  });
  return Object.fromEntries(entries);
}

function inCodeValue(value: unknown, file: string, path: readonly string[]): unknown {
  if (isTable(value)) return inCodeNames(value, file, path);
  return Array.isArray(value) ? value.map((item) => inCodeValue(item, file, path)) : value;
}

/** Relative to the working directory, if the file is inside it. */
function shortest(path: string): string {
  const inside = relative(process.cwd(), path);
  return inside.startsWith('..') ? path : inside;
}
