import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { ConfigError } from './error.ts';
import type { Layer } from './layers.ts';
import { ENVIRONMENTS } from './settings.ts';
import type { Table } from './table.ts';
import { readTextFile } from './text-file.ts';
import type { Variables } from './variables.ts';

export type Environment = (typeof ENVIRONMENTS)[number];

/**
 * Adds the variables of `.env` in `directory`, if it exists. The environment overrides them, also with empty values.
 */
export function withDotEnv(environment: Variables, directory: string): Variables {
  const file = join(directory, '.env');
  if (!existsSync(file)) return environment;
  return { ...parseEnv(readTextFile(file, '.env')), ...environment };
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
  PUBLIC_ORIGIN: ['server', 'publicOrigin'],
  TRUSTED_PROXIES: ['server', 'trustedProxies'],
  AUTH_METHODS: ['auth', 'methods'],
  AUTH_OPEN: ['auth', 'open'],
  JWT_ISSUER: ['jwt', 'issuer'],
  JWT_AUDIENCE: ['jwt', 'audience'],
  JWT_JWKS: ['jwt', 'jwks'],
  OIDC_ISSUER: ['oidc', 'issuer'],
  OIDC_CLIENT_ID: ['oidc', 'clientId'],
  DATABASE_URL: ['database', 'url'],
  LOG_LEVEL: ['logging', 'level'],
};

/** Variables whose settings are not texts. What cannot be read stays a text, which validation refuses. */
const READERS: Readonly<Record<string, (found: string) => unknown>> = {
  PORT: numeric,
  AUTH_METHODS: list,
  TRUSTED_PROXIES: list,
  AUTH_OPEN: (found) => ({ '1': true, true: true, '0': false, false: false })[found],
};

export function environmentLayer(variables: Variables): Layer {
  const values: Record<string, Table> = {};
  for (const [variable, [section, key]] of Object.entries(OVERRIDES)) {
    const found = variables[variable];
    if (found) values[section] = { ...values[section], [key]: READERS[variable]?.(found) ?? found };
  }
  return {
    values,
    nameOf: (path) =>
      Object.keys(OVERRIDES).find((variable) => OVERRIDES[variable]?.join() === path.join()) ??
      'the environment',
  };
}

/** `a, b` → ['a', 'b'] */
function list(value: string): string[] {
  return value
    .split(',')
    .map((item) => item.trim())
    .filter((item) => item !== '');
}

/** A string that is not a number stays unchanged; validation refuses it. */
function numeric(value: string): number | string {
  return /^\d+$/.test(value.trim()) ? Number(value) : value;
}
