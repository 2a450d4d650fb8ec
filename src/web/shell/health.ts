import { pause } from '../../client/connection.ts';
import { Cell } from './store.ts';

/** How often a server that answers is asked again, and one that does not: twice as long each time, up to the last. In ms. */
const WELL_MS = 15_000;
const FIRST_RETRY_MS = 1_000;
const LAST_RETRY_MS = 8_000;
const PATIENCE_MS = 5_000;

export type Reachability = 'unknown' | 'reachable' | 'unreachable' | 'offline';

/** Whether the server can be reached, as long as somebody looks at the page. `onReturn`: it can be again. */
export function watchServer(onReturn: () => void): { state: Cell<Reachability>; close(): void } {
  const state = new Cell<Reachability>('unknown');
  const ending = new AbortController();
  let checking = new AbortController();

  const set = (found: Reachability) => {
    const before = state.value;
    if (found === before) return;
    state.set(found);
    if (found === 'reachable' && before !== 'unknown') onReturn();
  };
  const watch = async () => {
    let retryMs = FIRST_RETRY_MS;
    while (!ending.signal.aborted) {
      if (!document.hidden) set(await look(ending.signal));
      const well = state.value === 'reachable';
      retryMs = well ? FIRST_RETRY_MS : Math.min(retryMs * 2, LAST_RETRY_MS);
      checking = new AbortController();
      await pause(well ? WELL_MS : retryMs, AbortSignal.any([ending.signal, checking.signal]));
    }
  };
  const now = () => checking.abort();
  const offline = () => set('offline');
  window.addEventListener('offline', offline);
  document.addEventListener('visibilitychange', now);
  void watch();
  return {
    state,
    close() {
      ending.abort();
      window.removeEventListener('offline', offline);
      document.removeEventListener('visibilitychange', now);
    },
  };
}

async function look(ending: AbortSignal): Promise<Reachability> {
  if (!navigator.onLine) return 'offline';
  const signal = AbortSignal.any([ending, AbortSignal.timeout(PATIENCE_MS)]);
  try {
    const response = await fetch('/healthz', { signal, cache: 'no-store' });
    return response.ok ? 'reachable' : 'unreachable';
  } catch {
    return navigator.onLine ? 'unreachable' : 'offline';
  }
}
