/** How a run is connected. `reconnecting`: the attempt that comes next, 1, 2, 3 … since something last arrived. */
export type ConnectionState =
  | { state: 'connecting' }
  | { state: 'open' }
  | { state: 'reconnecting'; attempt: number; retryInMs: number; offline: boolean }
  | { state: 'closed' };

/** Browsers know when there is no network at all. A service on the same machine can be reached even then. */
export function isOffline(): boolean {
  return globalThis.navigator?.onLine === false;
}

/** Waits for `ms`; no longer once the network comes back, or the signal aborts. */
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
