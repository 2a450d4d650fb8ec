import { ConfigError } from './error.ts';
import { address, secret, type Variables } from './variables.ts';

/** How to reach Azure OpenAI (PROV-1). */
export interface AzureConfig {
  /** `https://<resource>.openai.azure.com`, without a slash at its end */
  readonly endpoint: string;
  /** Null: tokens of Entra ID instead, for the identity of this process. */
  readonly apiKey: string | null;
  /** Overrides `openai.model`. */
  readonly deployment: string | null;
  /** A date, or `v1` for the path without versions. */
  readonly apiVersion: string;
}

/** The newest generally available version with a date. */
const DEFAULT_API_VERSION = '2024-10-21';

const REQUIRED = ['AZURE_OPENAI_ENDPOINT', 'AZURE_OPENAI_API_KEY'] as const;
const OPTIONAL = ['AZURE_OPENAI_DEPLOYMENT_NAME', 'AZURE_OPENAI_API_VERSION', 'AZURE_OPENAI_AUTH'] as const;

/** Null if no variable is set: then the simulator answers. Throws a ConfigError if required ones are missing. */
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
  // Azure's portal also shows addresses with the path that the SDK adds.
  if (/\/openai(\/v1|\/deployments.*)?$/.test(new URL(url).pathname)) {
    throw new ConfigError(
      'AZURE_OPENAI_ENDPOINT must end before "/openai"; the rest is added by the service.',
    );
  }
  return url;
}

/** Earlier versions have neither `stream_options` nor `max_completion_tokens`, which all requests need. */
const FIRST_API_VERSION = '2024-09-01';

/** Throws a ConfigError for an invalid or too old version. */
export function apiVersion(found: string): string {
  if (found === 'v1') return found;
  const name = `AZURE_OPENAI_API_VERSION is ${JSON.stringify(found)}`;
  const [date] = /^\d{4}-\d{2}-\d{2}(?=(-preview)?$)/.exec(found) ?? [];
  if (date === undefined || Number.isNaN(Date.parse(date))) {
    throw new ConfigError(`${name}; allowed is v1, or a date such as ${DEFAULT_API_VERSION}.`);
  }
  if (date >= FIRST_API_VERSION) return found;
  throw new ConfigError(
    `${name}, which is too old to stream with usage; allowed is v1, or a date from ${FIRST_API_VERSION} on, such as ${DEFAULT_API_VERSION}.`,
  );
}
