import { setTimeout as sleep } from 'node:timers/promises';
import { ProviderError } from '../errors.ts';
import type { Producer } from '../runs/producer.ts';
import { CircuitOpenError } from './breaker.ts';
import { FirstToken } from './first-token.ts';

export interface RetrySettings {
  /** Attempts altogether; 1: no retry. */
  attempts: number;
  baseMs: number;
  /** No pause is longer, whatever the provider asks for. */
  capMs: number;
}

/**
 * Tries again what may pass (PROV-5): exponential backoff with jitter, or what the provider asked for, with a
 * `status` event before each pause. Never after the first token: text is never repeated.
 */
export function withRetry(producer: Producer, settings: RetrySettings): Producer {
  return async (sink, signal) => {
    const watched = FirstToken.watch(sink);
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await producer(watched, signal);
      } catch (error) {
        const last = attempt >= settings.attempts || watched.delivered || signal.aborted;
        if (last || !mayPass(error)) throw error;
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

/** Connection failures, 408, 409, 429, 5xx, and an attempt that took too long to begin. */
function mayPass(error: unknown): error is ProviderError {
  if (!(error instanceof ProviderError) || !error.retryable || error instanceof CircuitOpenError)
    return false;
  return ['rate_limited', 'provider_unavailable', 'first_token_timeout'].includes(error.code);
}

/** Half of it is jitter, so that clients that failed together do not come back together. */
function pauseBefore(
  attempt: number,
  { retryAfterMs }: ProviderError,
  { baseMs, capMs }: RetrySettings,
): number {
  if (retryAfterMs !== undefined) return Math.min(retryAfterMs, capMs);
  const exponential = Math.min(baseMs * 2 ** (attempt - 1), capMs);
  return Math.round(exponential / 2 + (Math.random() * exponential) / 2);
}
