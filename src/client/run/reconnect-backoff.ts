import { type BackoffOptions, backoffMs, isOffline, pause } from '../backoff.ts';
import { ChatClientError } from '../errors.ts';
import type { ConnectionState } from './connection.ts';

/** Defaults: `baseMs` 500, `capMs` 10,000. */
export interface ReconnectOptions extends BackoffOptions {
  /** The n-th pause is a random time up to `baseMs` · 2^(n-1). Default 500. */
  baseMs: number;
  /** … but no longer than this. Default 10,000. */
  capMs: number;
  /** No attempt begins later than this after the connection was lost. Default 60,000. */
  giveUpAfterMs: number;
}

export const RECONNECT: ReconnectOptions = { baseMs: 500, capMs: 10_000, giveUpAfterMs: 60_000 };

/**
 * When to try again, and when to give up. Pauses have full jitter, so that the readers of a server that restarts do
 * not all come back at once. Without a network each pause has its longest length, ends when the network comes back,
 * and does not count towards `giveUpAfterMs`.
 */
export class ReconnectBackoff {
  readonly #options: ReconnectOptions;
  readonly #signal: AbortSignal;
  readonly #report: (state: ConnectionState) => void;
  #attempt = 0;
  #lostAt: number | null = null;

  constructor(options: ReconnectOptions, signal: AbortSignal, report: (state: ConnectionState) => void) {
    this.#options = options;
    this.#signal = signal;
    this.#report = report;
  }

  /** Something arrived: the next failure counts as the first. */
  reset(): void {
    this.#attempt = 0;
    this.#lostAt = null;
  }

  /** Waits until the next attempt may begin. Throws a ChatClientError `gave_up` when the time is over. */
  async pause(failure: ChatClientError): Promise<void> {
    const { capMs, giveUpAfterMs } = this.#options;
    const now = performance.now();
    this.#lostAt ??= now;
    const offline = isOffline();
    const chosenMs = offline ? capMs : Math.round(backoffMs(this.#attempt, this.#options, 1));
    const retryInMs = Math.max(chosenMs, failure.retryAfterMs ?? 0);
    this.#attempt += 1;
    if (!offline && now + retryInMs - this.#lostAt > giveUpAfterMs) {
      throw new ChatClientError('gave_up', `The connection could not be made again: ${failure.message}`, {
        cause: failure,
        status: failure.status,
        requestId: failure.requestId,
        retryable: true,
      });
    }
    this.#report({ state: 'reconnecting', attempt: this.#attempt, retryInMs, offline });
    await pause(retryInMs, this.#signal);
    if (offline) this.#lostAt = performance.now();
  }
}
