import OpenAI from 'openai';
import { type KeyedProvider, type KeylessProvider, PROVIDERS } from '../config.ts';
import { OPENAI_OPTIONS } from './client-options.ts';
import { chatCompletion, type Dialect } from './openai-client.ts';
import type { Provider } from './provider.ts';
import { withoutSecret } from './secrets.ts';

/** How to reach a provider that takes a key. */
export interface KeyedSettings {
  apiKey: string;
  /** Without a slash at its end. Default: the provider's own. */
  baseUrl?: string;
}

type ProviderDialect = Dialect & Pick<Provider, 'loadsModels'>;

/** What most providers with OpenAI's API have in common; one that is not listed below is asked in this way. */
const COMPATIBLE: ProviderDialect = { limit: 'max_tokens', alternates: true };

/** Where providers differ from OpenAI itself. */
const DIALECTS: Readonly<Record<string, ProviderDialect>> = {
  // Its API gives no reasoning text, only the number of reasoning tokens.
  openai: {},
  openrouter: {
    ...COMPATIBLE,
    // `reasoning` instead of `reasoning_effort`: https://openrouter.ai/docs/use-cases/reasoning-tokens
    extras: ({ parameters: { reasoningEffort } }) =>
      reasoningEffort === undefined
        ? {}
        : { reasoning: { effort: reasoningEffort }, reasoning_effort: undefined },
  },
  gemini: {
    ...COMPATIBLE,
    // Thoughts come only on request, which cannot be combined with the shorter `reasoning_effort`:
    // https://ai.google.dev/gemini-api/docs/openai#thinking
    extras({ parameters: { reasoningEffort } }) {
      if (reasoningEffort === undefined || reasoningEffort === 'none') return {};
      const thinking_config = { thinking_level: reasoningEffort, include_thoughts: true };
      return { reasoning_effort: undefined, extra_body: { google: { thinking_config } } };
    },
  },
  // https://docs.ollama.com/api/openai-compatibility knows `max_tokens` only; thoughts come as `reasoning`.
  ollama: { ...COMPATIBLE, loadsModels: true },
};

/** A provider with OpenAI's API. `name`: as in events, the database and the catalogue. */
export function openaiCompatible(name: string, settings: KeyedProvider | KeylessProvider): Provider {
  const { loadsModels = false, ...dialect } = DIALECTS[name] ?? COMPATIBLE;
  const key = 'apiKey' in settings ? settings.apiKey : null;
  // The SDK insists on a key, and providers without one ignore it.
  const client = new OpenAI({ ...OPENAI_OPTIONS, apiKey: key ?? 'none', baseURL: settings.baseUrl });
  const provider: Provider = {
    name,
    loadsModels,
    attempt: (model, prompt, delivery) => chatCompletion(client, model, prompt, delivery, dialect),
  };
  return key === null ? provider : withoutSecret(provider, key);
}

/** OpenAI itself. */
export function openai({ apiKey, baseUrl = PROVIDERS.openai.baseUrl }: KeyedSettings): Provider {
  return openaiCompatible('openai', { apiKey, baseUrl });
}

/** OpenRouter: many models of many providers behind one key. */
export function openrouter({ apiKey, baseUrl = PROVIDERS.openrouter.baseUrl }: KeyedSettings): Provider {
  return openaiCompatible('openrouter', { apiKey, baseUrl });
}

/** Gemini, through Google's OpenAI-compatible endpoint. */
export function gemini({ apiKey, baseUrl = PROVIDERS.gemini.baseUrl }: KeyedSettings): Provider {
  return openaiCompatible('gemini', { apiKey, baseUrl });
}

/** Models on a machine of one's own. `baseUrl`: with `/v1`, as in `http://127.0.0.1:11434/v1`. It takes no key. */
export function ollama({ baseUrl }: { baseUrl: string }): Provider {
  return openaiCompatible('ollama', { baseUrl });
}
