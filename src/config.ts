import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AzureConfig, azureOf } from './config/azure.ts';
import {
  type Environment,
  environmentLayer,
  environmentOf,
  type Variables,
  withDotEnv,
} from './config/environment.ts';
import { keyInFile, validated } from './config/layers.ts';
import type { Settings } from './config/settings.ts';
import { tomlFile } from './config/toml-file.ts';

export type { AzureConfig } from './config/azure.ts';
export type { Environment } from './config/environment.ts';
export { ConfigError } from './config/error.ts';
export type { Settings } from './config/settings.ts';

/** Everything that can be set, validated and frozen. */
export interface Config extends Settings {
  readonly environment: Environment;
  /** Null without credentials: then the simulator answers. */
  readonly azure: AzureConfig | null;
}

/** Any of the settings, at any depth; a list is replaced as a whole. */
export type ConfigOverrides = {
  [Section in keyof Settings]?: Partial<Settings[Section]>;
} & Partial<Pick<Config, 'environment' | 'azure'>>;

/** The package's own file; the same path from src and from dist. */
const DEFAULTS = join(dirname(fileURLToPath(import.meta.url)), '..', 'config', 'default.toml');

/**
 * The configuration that the operator asked for (CONF-1, CONF-2): config/default.toml, over it the file at CONFIG_PATH,
 * over it PORT, HOST, DATABASE_URL and LOG_LEVEL. Variables may also stand in `.env` in `directory`.
 * Throws a ConfigError with one plain line about the first mistake.
 */
export function loadConfig(environment: Variables = process.env, directory = process.cwd()): Config {
  const variables = withDotEnv(environment, directory);
  const own = variables.CONFIG_PATH ? [tomlFile(resolve(directory, variables.CONFIG_PATH))] : [];
  return Object.freeze({
    ...validated([tomlFile(DEFAULTS), ...own, environmentLayer(variables)]),
    environment: environmentOf(variables),
    azure: azureOf(variables),
  });
}

/** The defaults with `overrides`, whatever the environment says: for tests, and for use as a library. */
export function configFrom(overrides: ConfigOverrides = {}): Config {
  const { environment = 'development', azure = null, ...values } = overrides;
  const layer = { values, nameOf: (path: readonly PropertyKey[]) => keyInFile('overrides', path) };
  return Object.freeze({ ...validated([tomlFile(DEFAULTS), layer]), environment, azure });
}
