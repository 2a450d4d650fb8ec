import { ProviderError } from '../errors.ts';
import type { Provider } from './provider.ts';

/** Messages are truncated, perhaps in the middle of a key; a part of at least this length is removed, too. */
const SHORTEST_PART = 12;

/**
 * Removes a key or token from error messages: some providers repeat one that they refuse, and it must reach neither
 * clients nor the database (PROV-2, OPS-1). `secret`: a function if it changes; undefined while there is none.
 */
export function withoutSecret(provider: Provider, secret: string | (() => string | undefined)): Provider {
  return {
    ...provider,
    attempt(...call) {
      const producer = provider.attempt(...call);
      return async (sink, signal) => {
        try {
          return await producer(sink, signal);
        } catch (error) {
          const known = typeof secret === 'string' ? secret : secret();
          if (known && error instanceof ProviderError) throw scrubbed(error, known);
          throw error;
        }
      };
    },
  };
}

function scrubbed(error: ProviderError, secret: string): ProviderError {
  const { providerMessage, retryAfterMs, retryable, cause, code } = error;
  if (!providerMessage?.includes(secret.slice(0, SHORTEST_PART))) return error;
  return new ProviderError(code, {
    cause,
    retryable,
    providerMessage: withoutParts(providerMessage, secret),
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  });
}

/** Replaces each occurrence of the beginning of the secret, with as much of the secret as follows. */
function withoutParts(text: string, secret: string): string {
  const beginning = secret.slice(0, SHORTEST_PART);
  let result = '';
  let reached = 0;
  for (let at = text.indexOf(beginning); at !== -1; at = text.indexOf(beginning, reached)) {
    result += `${text.slice(reached, at)}[redacted]`;
    reached = at + beginning.length;
    while (reached - at < secret.length && text[reached] === secret[reached - at]) reached += 1;
  }
  return result + text.slice(reached);
}
