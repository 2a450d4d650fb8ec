import { restoreLog } from './journal.ts';
import type { Followable } from './runs.ts';
import type { StoredRun } from './store.ts';

type EndedRun = Exclude<StoredRun, { status: 'streaming' }>;

/**
 * Logs of runs that have ended, as long as somebody reads them. Readers of one run share its log, so that a hundred of
 * them that stall hold its text once (RUN-7). A stored run never changes, only disappears; hence the database is asked
 * each time, and only the copy is spared.
 */
export class RestoredRuns {
  readonly #inUse = new Map<string, WeakRef<Followable>>();
  readonly #unused = new FinalizationRegistry<string>((runId) => {
    // Another may have taken its place.
    if (!this.#inUse.get(runId)?.deref()) this.#inUse.delete(runId);
  });

  of(stored: EndedRun): Followable {
    const { runId } = stored;
    const known = this.#inUse.get(runId)?.deref();
    if (known) return known;
    const followable = { description: stored, log: restoreLog(stored.journal, stored, stored.terminal) };
    this.#inUse.set(runId, new WeakRef(followable));
    this.#unused.register(followable, runId);
    return followable;
  }
}
