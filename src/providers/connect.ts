import type { Config, KeyedProvider, KeylessProvider } from '../config.ts';
import { anthropic } from './anthropic.ts';
import { azure } from './azure.ts';
import { entraTokens } from './entra.ts';
import { openaiCompatible } from './openai-dialects.ts';
import type { Provider } from './provider.ts';

/** All providers that are configured; none when the simulator has to stand in. */
export async function connect({ azure: own, access }: Pick<Config, 'azure' | 'access'>): Promise<Provider[]> {
  const others = Object.entries(access).flatMap(([name, found]) => (found ? [create(name, found)] : []));
  return own ? [azure({ ...own, credential: own.apiKey ?? (await entraTokens()) }), ...others] : others;
}

function create(name: string, access: KeyedProvider | KeylessProvider): Provider {
  if (name === 'anthropic' && 'apiKey' in access) return anthropic(access);
  return openaiCompatible(name, access);
}
