import OpenAI from 'openai';
import { BASE_URLS } from '../config.ts';
import { OPENAI_OPTIONS } from './client-options.ts';
import type { KeyedSettings } from './openai.ts';
import { chatCompletion, type Dialect } from './openai-client.ts';
import type { Provider } from './provider.ts';
import { withoutSecret } from './secrets.ts';

/** `reasoning` instead of `reasoning_effort`: https://openrouter.ai/docs/use-cases/reasoning-tokens */
const DIALECT: Dialect = {
  limit: 'max_tokens',
  extras: ({ parameters: { reasoningEffort } }) =>
    reasoningEffort === undefined
      ? {}
      : { reasoning: { effort: reasoningEffort }, reasoning_effort: undefined },
};

/** OpenRouter: many models of many providers behind one key. */
export function openrouter({ apiKey, baseUrl = BASE_URLS.openrouter }: KeyedSettings): Provider {
  const client = new OpenAI({ ...OPENAI_OPTIONS, apiKey, baseURL: baseUrl });
  return withoutSecret(
    {
      name: 'openrouter',
      attempt: (model, prompt, delivery) => chatCompletion(client, model, prompt, delivery, DIALECT),
    },
    apiKey,
  );
}
