import OpenAI from 'openai';
import { BASE_URLS } from '../config.ts';
import { OPENAI_OPTIONS } from './client-options.ts';
import { nodeFetch } from './node-fetch.ts';
import type { KeyedSettings } from './openai.ts';
import { chatCompletion, type Dialect } from './openai-client.ts';
import type { Provider } from './provider.ts';
import { withoutSecret } from './secrets.ts';

/**
 * Thoughts come only when they are asked for, which the shorter `reasoning_effort` cannot be combined with:
 * https://ai.google.dev/gemini-api/docs/openai#thinking
 */
const DIALECT: Dialect = {
  limit: 'max_tokens',
  extras({ parameters: { reasoningEffort } }) {
    if (reasoningEffort === undefined || reasoningEffort === 'none') return {};
    const thinking_config = { thinking_level: reasoningEffort, include_thoughts: true };
    return { reasoning_effort: undefined, extra_body: { google: { thinking_config } } };
  },
};

/** Gemini, through Google's OpenAI-compatible endpoint. */
export function gemini({ apiKey, baseUrl = BASE_URLS.gemini }: KeyedSettings): Provider {
  const client = new OpenAI({ ...OPENAI_OPTIONS, fetch: unwrapErrors, apiKey, baseURL: baseUrl });
  return withoutSecret(
    {
      name: 'gemini',
      attempt: (model, prompt, delivery) => chatCompletion(client, model, prompt, delivery, DIALECT),
    },
    apiKey,
  );
}

/** Its errors are `[{error: …}]`, a list that the SDK would make nothing of. */
async function unwrapErrors(...request: Parameters<typeof nodeFetch>): Promise<Response> {
  const response = await nodeFetch(...request);
  if (response.ok) return response;
  const text = await response.text();
  const { status, headers } = response;
  return new Response(/^\s*\[(.*)\]\s*$/s.exec(text)?.[1] ?? text, { status, headers });
}
