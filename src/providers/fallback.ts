import { ProviderError } from '../errors.ts';
import type { Producer } from '../runs/producer.ts';
import { FirstToken } from './first-token.ts';

/** A model that may answer. */
export interface Candidate {
  model: string;
  provider: string;
  producer: Producer;
}

/**
 * Lets the next one answer when one is unavailable before its first token, and says so in a `status` event, from which
 * the run knows whose answer it is.
 */
export function withFallbacks(first: Candidate, others: readonly Candidate[]): Producer {
  if (others.length === 0) return first.producer;
  return async (sink, signal) => {
    const watched = FirstToken.watch(sink);
    let current = first;
    for (const next of others) {
      try {
        return await current.producer(watched, signal);
      } catch (error) {
        if (watched.delivered || signal.aborted || !isUnavailable(error)) throw error;
        const { model, provider } = next;
        const message = `${error.message} Asking ${model} instead of ${current.model}.`;
        sink.status({ message, attempt: 1, of: 1, retryInMs: 0, model, provider });
        current = next;
      }
    }
    return current.producer(watched, signal);
  };
}

/** Failures that are the model's or its provider's alone, so that another one may do better with the same prompt. */
function isUnavailable(error: unknown): error is ProviderError {
  if (!(error instanceof ProviderError)) return false;
  switch (error.code) {
    case 'provider_unavailable':
    case 'provider_protocol_error':
    case 'provider_auth_failed':
    case 'rate_limited':
    case 'model_not_found':
    case 'first_token_timeout':
      return true;
    default:
      return false;
  }
}
