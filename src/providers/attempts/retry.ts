import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../../errors.ts';
import { type Backoff, backoffMs } from '../../runs/backoff.ts';
import type { Producer } from '../../runs/producer.ts';
import { CircuitOpenError } from './breaker.ts';
import { DeliveryWatch } from './delivery-watch.ts';

export interface RetrySettings extends Backoff {
  /** Total number of attempts; 1: no retry. */
  attempts: number;
  /** Maximum pause, also of one that the provider asks for. In ms. */
  capMs: number;
}

/**
 * Retries transient failures (PROV-5): with exponential backoff and jitter, or after the pause that the provider asked
 * for, and a `status` event before each pause. Never after the first token, so that no text is repeated.
 */
export function withRetry(producer: Producer, settings: RetrySettings): Producer {
  return async (sink, signal) => {
    const watched = DeliveryWatch.watch(sink);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await producer(watched, signal);
      } catch (error) {
        const last = attempt >= settings.attempts || watched.delivered || signal.aborted;
        if (last || !isTransient(error)) throw error;
        const retryInMs = pauseBefore(attempt, error, settings);
        sink.status({
          message: `${error.message} Trying again.`,
          attempt: attempt + 1,
          of: settings.attempts,
          retryInMs,
        });
        await sleep(retryInMs, undefined, { signal });
      }
    }
  };
}

/** Connection failures, 408, 409, 429, 5xx, and first-token timeouts. */
function isTransient(error: unknown): error is ProviderError {
  if (!(error instanceof ProviderError) || !error.retryable || error instanceof CircuitOpenError)
    return false;
  return ['rate_limited', 'provider_unavailable', 'first_token_timeout'].includes(error.code);
}

/**
 * The pause that the provider asks for, if that is usable. Half of ours is jitter, so that clients that failed at the
 * same time do not retry at the same time.
 */
function pauseBefore(attempt: number, { retryAfterMs }: ProviderError, settings: RetrySettings): number {
  if (retryAfterMs !== undefined && retryAfterMs > 0) return Math.min(retryAfterMs, settings.capMs);
  const exponential = backoffMs(attempt - 1, settings);
  return Math.round(exponential / 2 + (Math.random() * exponential) / 2);
}
