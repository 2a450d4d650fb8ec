import { restoreLog } from './journal.ts';
import type { Followable } from './runs.ts';
import type { StoredRun } from './store.ts';

type EndedRun = Exclude<StoredRun, { status: 'streaming' }>;

/**
 * Logs of runs that have ended, as long as somebody reads them. Readers of one run share its log, so that a hundred of
 * them that stall hold its text once (RUN-7). A stored run never changes, only disappears.
 */
export class RestoredRuns {
  readonly #inUse = new Map<string, WeakRef<Followable>>();
  readonly #unused = new FinalizationRegistry<string>((runId) => {
    // Another may have taken its place.
    if (!this.#inUse.get(runId)?.deref()) this.#inUse.delete(runId);
  });

  /** The log of a run that somebody is reading. */
  inUse(runId: string): Followable | undefined {
    return this.#inUse.get(runId)?.deref();
  }

  of(stored: EndedRun): Followable {
    const { runId } = stored;
    const known = this.inUse(runId);
    if (known) return known;
    const { content, reasoning, journal, terminal, ...description } = stored;
    // The text is in the log alone: a description outlives it, in whoever follows.
    const followable = { description, log: restoreLog(journal, { content, reasoning }, terminal) };
    this.#inUse.set(runId, new WeakRef(followable));
    this.#unused.register(followable, runId);
    return followable;
  }
}
