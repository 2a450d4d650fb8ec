import { address } from './address.ts';
import type { Variables } from './environment.ts';
import { ConfigError } from './error.ts';
import { secret } from './secret.ts';

/** How to reach Azure OpenAI (PROV-1). */
export interface AzureConfig {
  /** `https://<resource>.openai.azure.com`, without a slash at its end */
  readonly endpoint: string;
  /** Null: tokens of Entra ID instead, for whoever this process is. */
  readonly apiKey: string | null;
  /** Overrides `openai.model`. */
  readonly deployment: string | null;
  /** A date, or `v1` for the path without versions. */
  readonly apiVersion: string;
}

/** The newest version that Azure calls generally available under its dated scheme. */
const DEFAULT_API_VERSION = '2024-10-21';

const REQUIRED = ['AZURE_OPENAI_ENDPOINT', 'AZURE_OPENAI_API_KEY'] as const;
const OPTIONAL = ['AZURE_OPENAI_DEPLOYMENT_NAME', 'AZURE_OPENAI_API_VERSION', 'AZURE_OPENAI_AUTH'] as const;

/** Null when no variable is set: then the simulator answers. Throws a ConfigError when only some of them are. */
export function azureOf(variables: Variables): AzureConfig | null {
  const present = [...REQUIRED, ...OPTIONAL].filter((name) => variables[name]?.trim());
  if (present.length === 0) return null;
  const value = (name: (typeof REQUIRED | typeof OPTIONAL)[number]) => variables[name]?.trim() ?? '';
  const keyless = isKeyless(value('AZURE_OPENAI_AUTH'));
  const missing = REQUIRED.filter(
    (name) => !present.includes(name) && !(keyless && name === 'AZURE_OPENAI_API_KEY'),
  );
  if (missing.length > 0) {
    throw new ConfigError(
      `${missing.join(' and ')} must be set as well, because ${present.join(' and ')} ${
        present.length === 1 ? 'is' : 'are'
      } set; without any of them the simulator answers.`,
    );
  }
  return {
    endpoint: endpoint(value('AZURE_OPENAI_ENDPOINT')),
    apiKey: keyless ? null : secret('AZURE_OPENAI_API_KEY', value('AZURE_OPENAI_API_KEY')),
    deployment: value('AZURE_OPENAI_DEPLOYMENT_NAME') || null,
    apiVersion: apiVersion(value('AZURE_OPENAI_API_VERSION') || DEFAULT_API_VERSION),
  };
}

function isKeyless(found: string): boolean {
  if (found === '' || found === 'key') return false;
  if (found === 'entra') return true;
  throw new ConfigError(`AZURE_OPENAI_AUTH is ${JSON.stringify(found)}; allowed is key or entra.`);
}

function endpoint(found: string): string {
  const url = address('AZURE_OPENAI_ENDPOINT', found, 'https://<resource>.openai.azure.com');
  // Azure's portal shows addresses that already have what the client adds.
  if (/\/openai(\/v1|\/deployments.*)?$/.test(new URL(url).pathname)) {
    throw new ConfigError(
      'AZURE_OPENAI_ENDPOINT must end before "/openai"; the rest is added by the service.',
    );
  }
  return url;
}

function apiVersion(found: string): string {
  if (found === 'v1' || /^\d{4}-\d{2}-\d{2}(-preview)?$/.test(found)) return found;
  throw new ConfigError(
    `AZURE_OPENAI_API_VERSION is ${JSON.stringify(found)}; allowed is v1, or a date such as ${DEFAULT_API_VERSION}.`,
  );
}
