import { address } from './address.ts';
import type { Variables } from './environment.ts';
import { ConfigError } from './error.ts';
import { secret } from './secret.ts';

/** How to reach a provider (PROV-2). */
export interface KeyedProvider {
  readonly apiKey: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
}

/** Null: not configured. */
export interface ProvidersConfig {
  readonly openai: KeyedProvider | null;
  readonly openrouter: KeyedProvider | null;
  readonly anthropic: KeyedProvider | null;
  readonly gemini: KeyedProvider | null;
  readonly ollama: { readonly baseUrl: string } | null;
}

/** Where they are, unless their `…_BASE_URL` or an application says otherwise. */
export const BASE_URLS = {
  openai: 'https://api.openai.com/v1',
  openrouter: 'https://openrouter.ai/api/v1',
  anthropic: 'https://api.anthropic.com',
  gemini: 'https://generativelanguage.googleapis.com/v1beta/openai',
} as const;

const NAMES = ['openai', 'openrouter', 'anthropic', 'gemini', 'ollama'] as const;

/** What each has to have, and may have. */
const KEYED = {
  openai: ['OPENAI_API_KEY', 'OPENAI_BASE_URL'],
  openrouter: ['OPENROUTER_API_KEY', 'OPENROUTER_BASE_URL'],
  anthropic: ['ANTHROPIC_API_KEY', 'ANTHROPIC_BASE_URL'],
  gemini: ['GEMINI_API_KEY', 'GEMINI_BASE_URL'],
} as const;

export const NO_PROVIDERS: ProvidersConfig = {
  openai: null,
  openrouter: null,
  anthropic: null,
  gemini: null,
  ollama: null,
};

/**
 * Who is configured: whoever has a key, and Ollama when it has an address. `required` must be among them. Throws a
 * ConfigError that names what is missing, or what cannot be a key or an address.
 */
export function providersOf(variables: Variables, required: readonly string[]): ProvidersConfig {
  const found: ProvidersConfig = {
    openai: keyed('openai', variables),
    openrouter: keyed('openrouter', variables),
    anthropic: keyed('anthropic', variables),
    gemini: keyed('gemini', variables),
    ollama: ollama(variables),
  };
  const missing = NAMES.find((name) => required.includes(name) && found[name] === null);
  if (missing === undefined) return found;
  const variable = missing === 'ollama' ? 'OLLAMA_BASE_URL' : KEYED[missing][0];
  throw new ConfigError(
    `${variable} is missing; it must be set, because providers.required names ${missing}.`,
  );
}

function keyed(name: keyof typeof KEYED, variables: Variables): KeyedProvider | null {
  const [keyVariable, urlVariable] = KEYED[name];
  const apiKey = variables[keyVariable]?.trim();
  if (!apiKey) return null;
  const baseUrl = variables[urlVariable]?.trim() || BASE_URLS[name];
  return { apiKey: secret(keyVariable, apiKey), baseUrl: address(urlVariable, baseUrl, BASE_URLS[name]) };
}

/** People know Ollama's address without the path that its OpenAI-compatible endpoint has. */
function ollama({ OLLAMA_BASE_URL }: Variables): ProvidersConfig['ollama'] {
  const found = OLLAMA_BASE_URL?.trim();
  if (!found) return null;
  const baseUrl = address('OLLAMA_BASE_URL', found, 'http://127.0.0.1:11434');
  return { baseUrl: new URL(baseUrl).pathname === '/' ? `${baseUrl}/v1` : baseUrl };
}
