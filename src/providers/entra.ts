import { ProviderError } from '../errors.ts';

/** https://learn.microsoft.com/azure/ai-services/openai/how-to/managed-identity */
const SCOPE = 'https://cognitiveservices.azure.com/.default';

/**
 * Returns a function that gets a token of Entra ID for Azure OpenAI, for the identity of this process: a managed
 * identity, a workload identity, a service principal in the environment, or the user of `az login`. Tokens are cached
 * and renewed in time. The package is loaded here because most servers do not need it.
 */
export async function entraTokens(): Promise<() => Promise<string>> {
  const { DefaultAzureCredential, getBearerTokenProvider } = await import('@azure/identity');
  const token = getBearerTokenProvider(new DefaultAzureCredential(), SCOPE);
  return async () => {
    try {
      return await token();
    } catch (cause) {
      const providerMessage = cause instanceof Error ? cause.message : String(cause);
      throw new ProviderError('provider_auth_failed', { cause, providerMessage });
    }
  };
}
