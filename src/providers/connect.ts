import type { Config } from '../config.ts';
import { anthropic } from './anthropic.ts';
import { azure } from './azure.ts';
import { entraTokens } from './entra.ts';
import { gemini } from './gemini.ts';
import { ollama } from './ollama.ts';
import { openai } from './openai.ts';
import { openrouter } from './openrouter.ts';
import type { Provider } from './provider.ts';
import { withoutSecret } from './secrets.ts';

/** Everybody who is configured; nobody, when the simulator has to answer. */
export async function connect({ azure: own, access }: Pick<Config, 'azure' | 'access'>): Promise<Provider[]> {
  const providers: Provider[] = [];
  if (own) {
    const { apiKey } = own;
    const provider = azure({ ...own, credential: apiKey ?? (await entraTokens()) });
    providers.push(apiKey === null ? provider : withoutSecret(provider, apiKey));
  }
  const keyed = [
    [openai, access.openai],
    [openrouter, access.openrouter],
    [anthropic, access.anthropic],
    [gemini, access.gemini],
  ] as const;
  for (const [create, settings] of keyed) {
    if (settings) providers.push(withoutSecret(create(settings), settings.apiKey));
  }
  if (access.ollama) providers.push(ollama(access.ollama));
  return providers;
}
