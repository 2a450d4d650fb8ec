import { ProviderError } from '../../errors.ts';
import type { Producer } from '../../runs/producer.ts';
import { DeliveryWatch } from './delivery-watch.ts';

/** A model to try, with the producer of its answer. */
export interface Candidate {
  model: string;
  provider: string;
  producer: Producer;
}

/**
 * Tries the next candidate when one is unavailable before its first token. A `status` event names the next one; the run
 * learns from it which model answers.
 */
export function withFallbacks(first: Candidate, others: readonly Candidate[]): Producer {
  if (others.length === 0) return first.producer;
  return async (sink, signal) => {
    const watched = DeliveryWatch.watch(sink);
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

/** Failures of this model or its provider only, so that another model may succeed with the same prompt. */
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
