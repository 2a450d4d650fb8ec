import { ProviderError } from '../errors.ts';
import type { Provider } from './provider.ts';

/** Some providers repeat a key that they refuse. It must reach neither a client nor the database (PROV-2, OPS-1). */
export function withoutSecret(provider: Provider, secret: string): Provider {
  return {
    ...provider,
    attempt(...call) {
      const producer = provider.attempt(...call);
      return async (sink, signal) => {
        try {
          return await producer(sink, signal);
        } catch (error) {
          if (error instanceof ProviderError) throw scrubbed(error, secret);
          throw error;
        }
      };
    },
  };
}

function scrubbed(error: ProviderError, secret: string): ProviderError {
  const { providerMessage, retryAfterMs, retryable, cause, code } = error;
  if (!providerMessage?.includes(secret)) return error;
  return new ProviderError(code, {
    cause,
    retryable,
    providerMessage: providerMessage.replaceAll(secret, '[redacted]'),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}
