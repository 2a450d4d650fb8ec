import OpenAI from 'openai';
import { OPENAI_OPTIONS } from './client-options.ts';
import { chatCompletion } from './openai-client.ts';
import type { Provider } from './provider.ts';

/** How to reach a provider that takes a key. */
export interface KeyedSettings {
  apiKey: string;
  /** Without a slash at its end. */
  baseUrl: string;
}

/** OpenAI itself. Its API gives no reasoning text, only how many tokens it took. */
export function openai({ apiKey, baseUrl }: KeyedSettings): Provider {
  const client = new OpenAI({ ...OPENAI_OPTIONS, apiKey, baseURL: baseUrl });
  return {
    name: 'openai',
    attempt: (model, prompt, delivery) => chatCompletion(client, model, prompt, delivery),
  };
}
