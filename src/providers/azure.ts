import OpenAI, { AzureOpenAI } from 'openai';
import { nodeFetch } from './node-fetch.ts';
import { streamed } from './openai-client.ts';
import type { Provider } from './provider.ts';
// Adds Azure's own fields (content filter results) to the types of `openai`.
import '@azure/openai/types';

export interface AzureSettings {
  /** `https://<resource>.openai.azure.com` */
  endpoint: string;
  apiKey: string;
  /** A date (`2024-10-21`), or `v1` for the path without versions. */
  apiVersion: string;
}

/** What every client of the SDK here has: our retries and clocks instead of its own, our way to read bodies. */
export const CLIENT_OPTIONS = {
  maxRetries: 0,
  /** Beyond any clock of ours; 0 is refused. In ms. */
  timeout: 24 * 60 * 60 * 1000,
  fetch: nodeFetch,
  logLevel: 'off',
} as const;

/** Azure OpenAI with an API key (PROV-1). `model` is a deployment. `name`: the simulator is Azure under another name. */
export function azure(settings: AzureSettings, name = 'azure'): Provider {
  const client = settings.apiVersion === 'v1' ? v1Client(settings) : datedClient(settings);
  return { name, attempt: (model, prompt) => streamed(client, model, prompt) };
}

/** `POST {endpoint}/openai/deployments/{deployment}/chat/completions?api-version=…` */
function datedClient({ endpoint, apiKey, apiVersion }: AzureSettings): OpenAI {
  return new AzureOpenAI({ ...CLIENT_OPTIONS, endpoint, apiKey, apiVersion });
}

/** `POST {endpoint}/openai/v1/chat/completions`, the deployment as `model`; still with `api-key`. */
function v1Client({ endpoint, apiKey }: AzureSettings): OpenAI {
  return new OpenAI({
    ...CLIENT_OPTIONS,
    baseURL: `${endpoint.replace(/\/+$/, '')}/openai/v1`,
    apiKey,
    defaultHeaders: { Authorization: null, 'api-key': apiKey },
  });
}
