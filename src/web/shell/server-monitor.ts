import { backoffMs, pause } from '../../client/backoff.ts';
import { Http } from '../../client/http.ts';
import { account } from './account.ts';
import { tellingFetch } from './monitored-fetch.ts';
import { Cell } from './store.ts';

/** Pause between checks while the server responds, backoff while it does not, and timeout of a check; in ms. */
const CHECK_EVERY_MS = 15_000;
const BACKOFF = { baseMs: 1_000, capMs: 8_000 };
const TIMEOUT_MS = 5_000;

/** Of requests of the page whose response is no stream; ms. */
const REQUEST_TIMEOUT_MS = 15_000;

export type Reachability = 'unknown' | 'reachable' | 'unreachable' | 'offline';

export interface ServerWatch {
  readonly state: Cell<Reachability>;
  /** For the requests of the page: a failed one triggers a check at once. */
  readonly fetch: typeof fetch;
  /** The same, for routes that the typed client has no method for. */
  readonly http: Http;
  close(): void;
}

/**
 * Monitors whether the server can be reached, while the page is visible. `onReturn`: it can, and something has
 * failed before, which may be retried now. It is called again, with backoff, while that goes on failing; and when the
 * user has signed in again.
 */
export function watchServer(onReturn: () => void): ServerWatch {
  const state = new Cell<Reachability>('unknown');
  const ending = new AbortController();
  let checking = new AbortController();
  /** A request has failed since the last check. */
  let isSuspect = false;
  /** The last check succeeded, and no request had failed. */
  let isCalm = true;

  const now = () => checking.abort();
  const set = (found: Reachability) => {
    if (found !== state.value) state.set(found);
  };
  const check = async () => {
    const isAsked = isSuspect;
    isSuspect = false;
    const found = await look(ending.signal);
    if (ending.signal.aborted) return;
    const wasAway = state.value === 'unreachable' || state.value === 'offline';
    isCalm = found === 'reachable' && !isAsked;
    set(found);
    if (found === 'reachable' && (isAsked || wasAway)) onReturn();
  };
  const watch = async () => {
    let failures = 0;
    while (!ending.signal.aborted) {
      checking = new AbortController();
      if (!document.hidden) await check();
      if (isSuspect && isCalm) continue;
      const waitMs = isCalm ? CHECK_EVERY_MS : backoffMs(failures, BACKOFF, 0);
      failures = isCalm ? 0 : failures + 1;
      await pause(waitMs, AbortSignal.any([ending.signal, checking.signal]));
    }
  };
  const offline = () => set('offline');
  window.addEventListener('offline', offline);
  document.addEventListener('visibilitychange', now);
  const stopListening = account.onReturn(onReturn);
  void watch();
  const telling = tellingFetch({
    onFailure() {
      isSuspect = true;
      if (isCalm) now();
    },
    onAnswer() {
      if (state.value === 'unreachable') now();
    },
    onRefusal: () => void account.check(),
  });
  return {
    state,
    fetch: telling,
    http: new Http({ baseUrl: '', timeoutMs: REQUEST_TIMEOUT_MS, fetch: telling }),
    close() {
      ending.abort();
      stopListening();
      window.removeEventListener('offline', offline);
      document.removeEventListener('visibilitychange', now);
    },
  };
}

async function look(ending: AbortSignal): Promise<Reachability> {
  if (!navigator.onLine) return 'offline';
  const signal = AbortSignal.any([ending, AbortSignal.timeout(TIMEOUT_MS)]);
  try {
    const response = await fetch('/healthz', { signal, cache: 'no-store' });
    return response.ok ? 'reachable' : 'unreachable';
  } catch {
    return navigator.onLine ? 'unreachable' : 'offline';
  }
}
