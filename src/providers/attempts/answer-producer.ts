import type { Prompt } from '../../chat/models.ts';
import type { Config } from '../../config.ts';
import type { Producer } from '../../runs/producer.ts';
import type { Delivery, Provider } from '../provider.ts';
import { type Validator, withValidation } from '../schemas/structured-output.ts';
import { timedAttempt } from './attempt.ts';
import type { Breaker } from './breaker.ts';
import { type Candidate, withFallbacks } from './fallback.ts';
import { type RetrySettings, withRetry } from './retry.ts';
import { withTotalClock } from './timeouts.ts';

/** A model to ask for an answer. */
export interface Target {
  provider: Provider;
  /** The model's name in events. */
  model: string;
  /** The provider's own name for it. */
  name: string;
  prompt: Prompt;
  delivery?: Delivery;
  breaker?: Breaker | undefined;
}

export interface AttemptSettings {
  stream: Pick<Config['stream'], 'firstTokenTimeoutMs' | 'idleTimeoutMs' | 'totalTimeoutMs'>;
  retry: RetrySettings;
  validator?: Validator | undefined;
}

/**
 * The producer of one answer, with everything around the providers' attempts in the one right order. From the inside:
 * an attempt with its clocks, the provider's circuit breaker, retries; then the fallbacks, the total clock and
 * validation.
 */
export function answerProducer(
  [first, ...others]: readonly [Target, ...Target[]],
  { stream, retry, validator }: AttemptSettings,
): Producer {
  const candidate = ({ provider, model, name, prompt, delivery, breaker }: Target): Candidate => {
    const attempt = timedAttempt(provider, name, prompt, stream, delivery);
    return {
      model,
      provider: provider.name,
      producer: withRetry(breaker?.around(attempt) ?? attempt, retry),
    };
  };
  const producer = withFallbacks(candidate(first), others.map(candidate));
  const timed = withTotalClock(producer, stream.totalTimeoutMs);
  return validator ? withValidation(timed, validator) : timed;
}
