import type { Prompt } from '../../chat/models.ts';
import { ProviderError } from '../../errors.ts';
import type { Producer } from '../../runs/producer.ts';
import type { Delivery, Provider } from '../provider.ts';
import { type AttemptClocks, withClocks } from './timeouts.ts';

/**
 * A provider that loads models on demand has this many times the first-token timeout: 5 min by default, which is
 * Ollama's own limit for loading.
 */
const LOADING_TIMES = 10;

/** One attempt at an answer, with its clocks. `name`: the provider's own name of the model. */
export function timedAttempt(
  provider: Provider,
  name: string,
  prompt: Prompt,
  clocks: AttemptClocks,
  delivery: Delivery = 'streamed',
): Producer {
  const attempt = provider.attempt(name, prompt, delivery);
  if (!provider.loadsModels) return withClocks(attempt, clocks);
  const firstTokenTimeoutMs = clocks.firstTokenTimeoutMs * LOADING_TIMES;
  return withoutRetryOfLoading(withClocks(attempt, { ...clocks, firstTokenTimeoutMs }));
}

/** Closing the request ends the loading and a retry would start it again: so a timeout while loading is not retried. */
function withoutRetryOfLoading(producer: Producer): Producer {
  return async (sink, signal) => {
    try {
      return await producer(sink, signal);
    } catch (cause) {
      if (!(cause instanceof ProviderError) || cause.code !== 'first_token_timeout') throw cause;
      const providerMessage = 'The model was not loaded in time.';
      throw new ProviderError('first_token_timeout', { cause, providerMessage, retryable: false });
    }
  };
}
