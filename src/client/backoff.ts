export interface BackoffOptions {
  /** The longest first pause, in ms; each further one may be twice as long. */
  baseMs: number;
  /** No pause is longer than this, in ms. */
  capMs: number;
}

/**
 * How long to wait before the next attempt, in ms. `attempt`: 0 after the first failure. `jitter`: the share of the
 * pause that is random, from 0 to 1; with 1 ("full jitter") clients of a server that restarts come back spread out
 * most evenly.
 */
export function backoffMs(attempt: number, { baseMs, capMs }: BackoffOptions, jitter: number): number {
  const longest = Math.min(capMs, baseMs * 2 ** attempt);
  return longest * (1 - jitter * Math.random());
}

/** Browsers know when there is no network at all. A service on the same machine can be reached even then. */
export function isOffline(): boolean {
  return globalThis.navigator?.onLine === false;
}

/** Resolves after `ms`; earlier when the network comes back, or the signal aborts. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer);
      globalThis.removeEventListener?.('online', end);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    globalThis.addEventListener?.('online', end);
    signal.addEventListener('abort', end);
    if (signal.aborted) end();
  });
}
