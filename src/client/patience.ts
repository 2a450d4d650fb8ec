import { type ConnectionState, isOffline, pause } from './connection.ts';
import { ChatClientError } from './errors.ts';

export interface ReconnectOptions {
  /** The n-th pause is a random time up to `baseMs` · 2^(n-1). Default 500. */
  baseMs: number;
  /** … but no longer than this. Default 10,000. */
  capMs: number;
  /** No attempt begins later than this after the connection was lost. Default 60,000. */
  giveUpAfterMs: number;
}

export const RECONNECT: ReconnectOptions = { baseMs: 500, capMs: 10_000, giveUpAfterMs: 60_000 };

/**
 * When to try again, and when to stop trying. The pauses are random all the way down ("full jitter"), so that the
 * readers of a server that restarts do not all come back at once. Without a network they are as long as they get, end
 * when it comes back, and their time does not count.
 */
export class Patience {
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

  /** Something arrived: the next failure is a first one. */
  renew(): void {
    this.#attempt = 0;
    this.#lostAt = null;
  }

  /** Waits until the next attempt may begin. Throws a ChatClientError `gave_up` when there is to be none. */
  async pause(failure: ChatClientError): Promise<void> {
    const { baseMs, capMs, giveUpAfterMs } = this.#options;
    const now = performance.now();
    this.#lostAt ??= now;
    const offline = isOffline();
    const longest = Math.min(capMs, baseMs * 2 ** this.#attempt);
    const chosenMs = offline ? capMs : Math.round(Math.random() * longest);
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
