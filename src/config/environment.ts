import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError, reasonOf } from './error.ts';
import type { Layer } from './layers.ts';
import { ENVIRONMENTS } from './settings.ts';
import type { Table } from './table.ts';

/** Variables by name. One that is empty counts as absent. */
export type Variables = Readonly<Record<string, string | undefined>>;

export type Environment = (typeof ENVIRONMENTS)[number];

/** Adds the variables of `.env` in `directory`, if there is one. The real environment wins, empty values included. */
export function withDotEnv(environment: Variables, directory: string): Variables {
  const file = join(directory, '.env');
  if (!existsSync(file)) return environment;
  try {
    return { ...parseEnv(readFileSync(file, 'utf8')), ...environment };
  } catch (error) {
    throw new ConfigError(`.env cannot be read: ${reasonOf(error)}.`);
  }
}

export function environmentOf({ NODE_ENV: found }: Variables): Environment {
  if (!found) return 'development';
  const known = ENVIRONMENTS.find((name) => name === found);
  if (known) return known;
  throw new ConfigError(
    `NODE_ENV is ${JSON.stringify(found)}; allowed is one of ${ENVIRONMENTS.join(', ')}.`,
  );
}

/** The variables that override a setting (CONF-2), by that setting's section and key. */
const OVERRIDES: Readonly<Record<string, readonly [section: string, key: string]>> = {
  HOST: ['server', 'host'],
  PORT: ['server', 'port'],
  DATABASE_URL: ['database', 'url'],
  LOG_LEVEL: ['logging', 'level'],
};

export function environmentLayer(variables: Variables): Layer {
  const values: Record<string, Table> = {};
  for (const [variable, [section, key]] of Object.entries(OVERRIDES)) {
    const found = variables[variable];
    if (found) values[section] = { ...values[section], [key]: variable === 'PORT' ? numeric(found) : found };
  }
  return {
    values,
    nameOf: (path) =>
      Object.keys(OVERRIDES).find((variable) => OVERRIDES[variable]?.join() === path.join()) ??
      'the environment',
  };
}

/** A text that is not a number stays as it is, to be refused with the others. */
function numeric(value: string): number | string {
  return /^\d+$/.test(value.trim()) ? Number(value) : value;
}
