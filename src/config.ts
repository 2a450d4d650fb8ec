import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type AzureConfig, azureOf } from './config/azure.ts';
import { checkFallbacks } from './config/catalogue.ts';
import { type Environment, environmentLayer, environmentOf, withDotEnv } from './config/environment.ts';
import { ConfigError } from './config/error.ts';
import { checkJwt } from './config/jwt.ts';
import { keyInFile, type Layer, validated } from './config/layers.ts';
import { checkOidc, oidcSecretOf } from './config/oidc.ts';
import { NO_PROVIDERS, type ProvidersConfig, providersOf } from './config/providers.ts';
import type { Settings } from './config/settings.ts';
import { tomlFile } from './config/toml-file.ts';
import type { Variables } from './config/variables.ts';

export { apiVersion } from './config/azure.ts';
export type { ModelEntry } from './config/catalogue.ts';
export { ConfigError } from './config/error.ts';
export { isUrl, type JwtSettings } from './config/jwt.ts';
export type { OidcSettings } from './config/oidc.ts';
export {
  type KeyedProvider,
  type KeylessProvider,
  PROVIDERS,
  variablesOf,
} from './config/providers.ts';

/** All settings and credentials, validated and frozen. */
export interface Config extends Settings {
  readonly environment: Environment;
  /** Null without credentials. */
  readonly azure: AzureConfig | null;
  /** The other providers. Without any provider the simulator answers. */
  readonly access: ProvidersConfig;
  /** With which this server asks the identity provider. Null: it has none. */
  readonly oidcSecret: string | null;
}

/** Some of the settings; a list is replaced as a whole. */
export type ConfigOverrides = {
  [Section in keyof Settings]?: Partial<Settings[Section]>;
} & Partial<Pick<Config, 'environment' | 'azure' | 'oidcSecret'>> & { access?: Partial<ProvidersConfig> };

/** The package's configuration files; the same path from src and from dist. */
const FOLDER = join(dirname(fileURLToPath(import.meta.url)), '..', 'config');

const defaults = (): [Layer, Layer] => [
  tomlFile(join(FOLDER, 'default.toml')),
  tomlFile(join(FOLDER, 'models.toml')),
];

/**
 * Loads the operator's configuration (CONF-1, CONF-2): config/default.toml and models.toml, overridden by the file at
 * CONFIG_PATH, overridden by PORT, HOST, DATABASE_URL and LOG_LEVEL. Variables may also be in `.env` in `directory`.
 * Throws a ConfigError with one plain line about the first mistake.
 */
export function loadConfig(environment: Variables = process.env, directory = process.cwd()): Config {
  const variables = withDotEnv(environment, directory);
  const own = variables.CONFIG_PATH ? [tomlFile(resolve(directory, variables.CONFIG_PATH))] : [];
  const settings = validated([...defaults(), ...own, environmentLayer(variables)]);
  checkSections(settings);
  const azure = azureOf(variables);
  const { required } = settings.providers;
  if (required.includes('azure') && !azure) {
    throw new ConfigError(
      'AZURE_OPENAI_ENDPOINT is missing; it must be set, because providers.required names azure.',
    );
  }
  return Object.freeze({
    ...settings,
    environment: environmentOf(variables),
    azure,
    access: providersOf(variables, required),
    oidcSecret: oidcSecretOf(variables),
  });
}

/** The defaults with `overrides`, independent of the environment: for tests, and for use as a library. */
export function configFrom(overrides: ConfigOverrides = {}): Config {
  const { environment = 'development', azure = null, oidcSecret = null, access, ...values } = overrides;
  const layer = { values, nameOf: (path: readonly PropertyKey[]) => keyInFile('overrides', path) };
  const settings = validated([...defaults(), layer]);
  checkSections(settings);
  const allAccess = { ...NO_PROVIDERS, ...access };
  return Object.freeze({ ...settings, environment, azure, access: allAccess, oidcSecret });
}

/** What depends on several settings. Throws a ConfigError. */
function checkSections({ models, auth, jwt, oidc, server }: Settings): void {
  checkFallbacks(models);
  checkJwt(auth.methods, jwt);
  checkOidc(auth.methods, oidc, server.publicOrigin);
}
