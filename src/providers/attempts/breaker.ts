import {
  BrokenCircuitError,
  type CircuitBreakerPolicy,
  CircuitState,
  circuitBreaker,
  handleType,
  type IBreaker,
} from 'cockatiel';
import type { Logger } from 'pino';
import { ProviderError } from '../../errors.ts';
import type { Completion, Producer } from '../../runs/producer.ts';
import { DeliveryWatch } from './delivery-watch.ts';

export interface BreakerSettings {
  /** Number of consecutive failures that open the circuit … */
  failures: number;
  /** … within this time, in ms. */
  windowMs: number;
  /** Time in the open state before one trial attempt. In ms. */
  retryAfterMs: number;
}

const DEFAULTS: BreakerSettings = { failures: 10, windowMs: 30_000, retryAfterMs: 10_000 };

export type BreakerState = 'closed' | 'open' | 'half_open';

/** The circuit is open: no request was sent, and a retry would not be either. */
export class CircuitOpenError extends ProviderError {
  constructor(provider: string) {
    const providerMessage = `${provider} failed too often in the last moments; it is tried again soon.`;
    super('provider_unavailable', { providerMessage });
  }
}

/** A failure that the circuit counts; its cause is the attempt's own error. */
class Failure extends Error {}

/**
 * A circuit breaker, so that requests do not all wait for a dead provider: after too many failures before the first
 * token attempts fail at once, until a trial succeeds. Errors such as 4xx do not count, nor do failures after the first
 * token.
 */
export class Breaker {
  readonly #policy: CircuitBreakerPolicy;

  constructor(
    private readonly provider: string,
    logger: Pick<Logger, 'warn' | 'info'>,
    settings: BreakerSettings = DEFAULTS,
  ) {
    this.#policy = circuitBreaker(handleType(Failure), {
      halfOpenAfter: settings.retryAfterMs,
      breaker: new Window(settings),
    });
    this.#policy.onBreak(() =>
      logger.warn({ provider }, 'the provider fails too often: not asking it for now'),
    );
    this.#policy.onReset(() => logger.info({ provider }, 'the provider answers again'));
  }

  get state(): BreakerState {
    switch (this.#policy.state) {
      case CircuitState.Open:
        return 'open';
      case CircuitState.HalfOpen:
        return 'half_open';
      default:
        return 'closed';
    }
  }

  around(attempt: Producer): Producer {
    return async (sink, signal) => {
      const watched = DeliveryWatch.watch(sink);
      let answer: Promise<Completion> | undefined;
      // For the circuit an attempt has succeeded at its first token.
      const begin = () =>
        new Promise<void>((resolve, reject) => {
          watched.onDelivery(resolve);
          answer = attempt(watched, signal);
          answer.then(
            () => resolve(),
            (cause: unknown) => {
              // Aborted by us: that says nothing about the provider, unless it was a trial.
              if (signal.aborted && this.state === 'closed') reject(cause);
              else if (signal.aborted || isFailure(cause)) reject(new Failure('failed', { cause }));
              else resolve();
            },
          );
        });
      try {
        await this.#policy.execute(begin);
      } catch (error) {
        if (error instanceof BrokenCircuitError) throw new CircuitOpenError(this.provider);
        throw error instanceof Failure ? error.cause : error;
      }
      return answer ?? Promise.reject(new CircuitOpenError(this.provider));
    };
  }
}

/** No response, none in time, or 5xx. */
function isFailure(error: unknown): boolean {
  if (!(error instanceof ProviderError)) return false;
  if (error.code !== 'provider_unavailable') return error.code === 'first_token_timeout';
  const { cause } = error;
  const status = typeof cause === 'object' && cause && 'status' in cause ? cause.status : undefined;
  return typeof status !== 'number' || status >= 500;
}

/** Counts consecutive failures within a time window; cockatiel's own breakers have no window, or count rates. */
class Window implements IBreaker {
  state: unknown = undefined;
  #failedAt: number[] = [];

  constructor(private readonly settings: BreakerSettings) {}

  success(): void {
    if (this.#failedAt.length > 0) this.#failedAt = [];
  }

  failure(): boolean {
    const now = performance.now();
    const { failures, windowMs } = this.settings;
    this.#failedAt = [...this.#failedAt.filter((at) => now - at < windowMs), now];
    return this.#failedAt.length >= failures;
  }
}
