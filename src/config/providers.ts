import { ConfigError } from './error.ts';
import { address, secret, type Variables } from './variables.ts';

interface ProviderEntry {
  /** Used unless the variable `…_BASE_URL` says otherwise. Without a key: an example for a message. */
  readonly baseUrl: string;
  /** False: the provider takes no key, and is configured by its address. */
  readonly keyed: boolean;
  /** Appended to an address that has no path. */
  readonly path?: string;
}

/**
 * Every provider besides Azure, whose variables have other names (azure.ts). The environment variables
 * (`OPENAI_API_KEY`,
 * `OPENAI_BASE_URL`), `providers.required`, `provider` in models.toml and what is connected follow from this table.
 */
export const PROVIDERS = {
  openai: { baseUrl: 'https://api.openai.com/v1', keyed: true },
  openrouter: { baseUrl: 'https://openrouter.ai/api/v1', keyed: true },
  anthropic: { baseUrl: 'https://api.anthropic.com', keyed: true },
  gemini: { baseUrl: 'https://generativelanguage.googleapis.com/v1beta/openai', keyed: true },
  // People know Ollama's address without the path of its OpenAI-compatible endpoint.
  ollama: { baseUrl: 'http://127.0.0.1:11434', keyed: false, path: '/v1' },
} as const satisfies Readonly<Record<string, ProviderEntry>>;

type Provider = keyof typeof PROVIDERS;

/** Names that `provider` in models.toml and `providers.required` may have. */
export const PROVIDER_NAMES: readonly string[] = ['azure', ...Object.keys(PROVIDERS)];

/** How to reach a provider that takes a key (PROV-2). */
export interface KeyedProvider {
  readonly apiKey: string;
  /** Without a slash at its end. */
  readonly baseUrl: string;
}

/** How to reach a provider that takes no key. */
export type KeylessProvider = Pick<KeyedProvider, 'baseUrl'>;

/** Null: not configured. */
export type ProvidersConfig = {
  readonly [Name in Provider]:
    | ((typeof PROVIDERS)[Name]['keyed'] extends true ? KeyedProvider : KeylessProvider)
    | null;
};

/** The variables that configure a provider; the first one makes it present. */
export function variablesOf(name: string, { keyed }: Pick<ProviderEntry, 'keyed'>): [string, ...string[]] {
  const prefix = name.toUpperCase();
  return keyed ? [`${prefix}_API_KEY`, `${prefix}_BASE_URL`] : [`${prefix}_BASE_URL`];
}

/**
 * The configured providers: those with a key, and those without keys that have an address. Throws a ConfigError that
 * names what is missing of `required`, or what cannot be a key or an address.
 */
export function providersOf(variables: Variables, required: readonly string[]): ProvidersConfig {
  return eachProvider((name, entry) => {
    const [first, last = first] = variablesOf(name, entry);
    const given = variables[first]?.trim();
    if (!given) {
      if (!required.includes(name)) return null;
      throw new ConfigError(`${first} is missing; it must be set, because providers.required names ${name}.`);
    }
    const key = entry.keyed ? { apiKey: secret(first, given) } : {};
    const baseUrl = address(last, variables[last]?.trim() || entry.baseUrl, entry.baseUrl);
    const hasPath = new URL(baseUrl).pathname !== '/';
    return { ...key, baseUrl: entry.path && !hasPath ? baseUrl + entry.path : baseUrl };
  });
}

export const NO_PROVIDERS = eachProvider(() => null);

function eachProvider(
  accessOf: (name: string, entry: ProviderEntry) => KeyedProvider | KeylessProvider | null,
): ProvidersConfig {
  const found = Object.entries(PROVIDERS).map(([name, entry]) => [name, accessOf(name, entry)] as const);
  return Object.fromEntries(found) as ProvidersConfig;
}
