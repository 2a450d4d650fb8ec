import type { Followable } from './followable.ts';
import { restoreLog } from './journal.ts';
import type { StoredRun } from './store.ts';

type EndedRun = Exclude<StoredRun, { status: 'streaming' }>;

/**
 * Logs of ended runs, kept in memory while a reader uses them. Readers of one run share its log, so that a hundred
 * stalled readers hold its text once (RUN-7). A stored run never changes; it can only be deleted.
 */
export class EndedRunCache {
  readonly #runs = new Map<string, WeakRef<Followable>>();
  /** Removes the key of a run that was garbage collected. */
  readonly #freed = new FinalizationRegistry<string>((runId) => {
    // The same run may have been restored again.
    if (!this.get(runId)) this.#runs.delete(runId);
  });

  /** The run, if a reader holds it. */
  get(runId: string): Followable | undefined {
    return this.#runs.get(runId)?.deref();
  }

  /** Restores the log of a stored run, or returns the cached one. */
  restore(stored: EndedRun): Followable {
    const { runId } = stored;
    const cached = this.get(runId);
    if (cached) return cached;
    const { content, reasoning, journal, terminal, ...description } = stored;
    // Readers hold the description longer than the log, so the text must be in the log only.
    const run = { description, log: restoreLog(journal, { content, reasoning }, terminal) };
    this.#runs.set(runId, new WeakRef(run));
    this.#freed.register(run, runId);
    return run;
  }
}
