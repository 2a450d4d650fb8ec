import type { Config } from '../config.ts';
import { anthropic } from './anthropic.ts';
import { azure } from './azure.ts';
import { entraTokens } from './entra.ts';
import { gemini } from './gemini.ts';
import { ollama } from './ollama.ts';
import { openai } from './openai.ts';
import { openrouter } from './openrouter.ts';
import type { Provider } from './provider.ts';

/** Everybody who is configured; nobody, when the simulator has to answer. */
export async function connect({ azure: own, access }: Pick<Config, 'azure' | 'access'>): Promise<Provider[]> {
  const providers: Provider[] = [];
  if (own) {
    providers.push(azure({ ...own, credential: own.apiKey ?? (await entraTokens()) }));
  }
  if (access.openai) providers.push(openai(access.openai));
  if (access.openrouter) providers.push(openrouter(access.openrouter));
  if (access.anthropic) providers.push(anthropic(access.anthropic));
  if (access.gemini) providers.push(gemini(access.gemini));
  if (access.ollama) providers.push(ollama(access.ollama));
  return providers;
}
