import OpenAI, { AzureOpenAI } from 'openai';
import { apiVersion as checkedVersion } from '../config.ts';
import { OPENAI_OPTIONS } from './client-options.ts';
import { chatCompletion } from './openai-client.ts';
import type { Provider } from './provider.ts';
import { withoutSecret } from './secrets.ts';

export interface AzureSettings {
  /** `https://<resource>.openai.azure.com` */
  endpoint: string;
  /** An API key, or a function that returns a valid token of Entra ID. */
  credential: string | (() => Promise<string>);
  /** A date (`2024-10-21`), or `v1` for the path without versions. */
  apiVersion: string;
}

/**
 * Azure OpenAI (PROV-1). `model` is a deployment. `name`: the simulator is Azure under another name. Throws ConfigError
 * for an invalid or too old api-version.
 */
export function azure({ credential: given, ...address }: AzureSettings, name = 'azure'): Provider {
  let token: string | undefined;
  const credential = typeof given === 'string' ? given : async () => (token = await given());
  const settings = { ...address, credential };
  const client = checkedVersion(settings.apiVersion) === 'v1' ? v1Client(settings) : datedClient(settings);
  const provider: Provider = {
    name,
    attempt: (model, prompt, delivery) => chatCompletion(client, model, prompt, delivery),
  };
  return withoutSecret(provider, typeof credential === 'string' ? credential : () => token);
}

/**
 * Caches URLs: for each request the SDK parses the URL to add the version, always with the same result for a
 * deployment.
 */
class DatedClient extends AzureOpenAI {
  readonly #urls = new Map<string, string>();

  override buildURL(path: string, query: Record<string, unknown> | null | undefined, base?: string): string {
    if (query || base) return super.buildURL(path, query, base);
    const url = this.#urls.get(path) ?? super.buildURL(path, query, base);
    this.#urls.set(path, url);
    return url;
  }
}

/** `POST {endpoint}/openai/deployments/{deployment}/chat/completions?api-version=…` */
function datedClient({ endpoint, credential, apiVersion }: AzureSettings): OpenAI {
  return new DatedClient({
    ...OPENAI_OPTIONS,
    // Otherwise the SDK uses OPENAI_BASE_URL of the environment, which belongs to another provider.
    baseURL: null,
    endpoint,
    apiVersion,
    ...(typeof credential === 'string' ? { apiKey: credential } : { azureADTokenProvider: credential }),
  });
}

/** `POST {endpoint}/openai/v1/chat/completions`, the deployment as `model`; an API key is still sent as `api-key`. */
function v1Client({ endpoint, credential }: AzureSettings): OpenAI {
  return new OpenAI({
    ...OPENAI_OPTIONS,
    baseURL: `${endpoint.replace(/(?<!\/)\/+$/, '')}/openai/v1`,
    apiKey: credential,
    ...(typeof credential === 'string'
      ? { defaultHeaders: { Authorization: null, 'api-key': credential } }
      : {}),
  });
}
