import type { Logger } from 'pino';
import type { Checkpoint } from './checkpoint-state.ts';
import type { Run } from './run.ts';
import type { RunStore } from './store.ts';

/** How often due runs are looked for in one period. Runs become due at different times, which spreads the writes. */
const LOOKS_PER_PERIOD = 8;

/**
 * Stores new text of all live runs before it is `periodMs` old, so that a crash loses at most that much (RUN-6). All
 * that is due at the same time is written in one transaction (STORE-4). The cost depends on the new text, not on the
 * length of the answer; the whole text is written once more when the run is settled.
 */
export class Checkpoints implements Disposable {
  readonly #timer: NodeJS.Timeout;
  #writing = false;

  constructor(
    private readonly runs: Iterable<Run>,
    private readonly store: RunStore,
    private readonly periodMs: number,
    private readonly log: Logger,
  ) {
    this.#timer = setInterval(() => void this.look(), Math.max(1, periodMs / LOOKS_PER_PERIOD));
    this.#timer.unref();
  }

  /** Leaves two intervals of the timer before the period is over, so that the write can finish in time. */
  get #dueAfterMs(): number {
    return (this.periodMs * (LOOKS_PER_PERIOD - 2)) / LOOKS_PER_PERIOD;
  }

  /**
   * Writes what is due. Does nothing while an earlier write is under way: if that write failed after later text was
   * stored, its text would be written again after the later text, and would be doubled after a crash.
   */
  async look(): Promise<void> {
    if (this.#writing) return;
    const due: Checkpoint[] = [];
    for (const run of this.runs) {
      const checkpoint = run.takeUnsaved(this.#dueAfterMs);
      if (checkpoint) due.push(checkpoint);
    }
    if (due.length === 0) return;
    const added = due.filter(({ replace }) => !replace);
    const rewritten = due.filter(({ replace }) => replace);
    this.#writing = true;
    const segments = added.flatMap((each) => each.segments);
    await Promise.all([
      ...(added.length > 0 ? [this.#write(added, this.store.checkpoint(segments))] : []),
      ...rewritten.map((each) => this.#write([each], this.store.replace(each.runId, each.segments))),
    ]);
    this.#writing = false;
  }

  /** Never rejects. */
  async #write(checkpoints: readonly Checkpoint[], written: Promise<void>): Promise<void> {
    try {
      await written;
    } catch (error) {
      for (const checkpoint of checkpoints) checkpoint.failed();
      this.log.error({ err: error, runs: checkpoints.length }, 'checkpoint failed; the text waits in memory');
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
  }
}
