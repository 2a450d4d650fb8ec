import OpenAI, { AzureOpenAI } from 'openai';
import { OPENAI_OPTIONS } from './client-options.ts';
import { chatCompletion } from './openai-client.ts';
import type { Provider } from './provider.ts';
import { withoutSecret } from './secrets.ts';
// Adds Azure's own fields (content filter results) to the types of `openai`.
import '@azure/openai/types';

export interface AzureSettings {
  /** `https://<resource>.openai.azure.com` */
  endpoint: string;
  /** A key, or what gives a token of Entra ID that is valid now. */
  credential: string | (() => Promise<string>);
  /** A date (`2024-10-21`), or `v1` for the path without versions. */
  apiVersion: string;
}

/** Azure OpenAI (PROV-1). `model` is a deployment. `name`: the simulator is Azure under another name. */
export function azure(settings: AzureSettings, name = 'azure'): Provider {
  const { apiVersion, credential } = settings;
  const client = apiVersion === 'v1' ? v1Client(settings) : datedClient(settings);
  const provider: Provider = {
    name,
    attempt: (model, prompt, delivery) => chatCompletion(client, model, prompt, delivery),
  };
  return typeof credential === 'string' ? withoutSecret(provider, credential) : provider;
}

/** The SDK takes an address apart for each request, to put the version into it; it is the same for each deployment. */
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
    // Otherwise the SDK takes OPENAI_BASE_URL from the environment, which is another provider's.
    baseURL: null,
    endpoint,
    apiVersion,
    ...(typeof credential === 'string' ? { apiKey: credential } : { azureADTokenProvider: credential }),
  });
}

/** `POST {endpoint}/openai/v1/chat/completions`, the deployment as `model`; a key still goes into `api-key`. */
function v1Client({ endpoint, credential }: AzureSettings): OpenAI {
  return new OpenAI({
    ...OPENAI_OPTIONS,
    baseURL: `${endpoint.replace(/\/+$/, '')}/openai/v1`,
    apiKey: credential,
    ...(typeof credential === 'string'
      ? { defaultHeaders: { Authorization: null, 'api-key': credential } }
      : {}),
  });
}
