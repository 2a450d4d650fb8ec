import OpenAI from 'openai';
import { BASE_URLS } from '../config.ts';
import { OPENAI_OPTIONS } from './client-options.ts';
import { chatCompletion } from './openai-client.ts';
import type { Provider } from './provider.ts';
import { withoutSecret } from './secrets.ts';

/** How to reach a provider that takes a key. */
export interface KeyedSettings {
  apiKey: string;
  /** Without a slash at its end. Default: the provider's own. */
  baseUrl?: string;
}

/** OpenAI itself. Its API gives no reasoning text, only how many tokens it took. */
export function openai({ apiKey, baseUrl = BASE_URLS.openai }: KeyedSettings): Provider {
  const client = new OpenAI({ ...OPENAI_OPTIONS, apiKey, baseURL: baseUrl });
  return withoutSecret(
    {
      name: 'openai',
      attempt: (model, prompt, delivery) => chatCompletion(client, model, prompt, delivery),
    },
    apiKey,
  );
}
