import type { Logger } from 'pino';
import type { Run } from './run.ts';
import type { RunStore } from './store.ts';
import type { Checkpoint } from './unsaved.ts';

/** How many times per period it looks. Runs come due at their own moments, so their writes spread over the period. */
const LOOKS_PER_PERIOD = 8;

/**
 * The database as a reader of all live logs: what is new is written before it is `periodMs` old, so that a crash costs
 * no more than that (RUN-6), all that is due at one moment in one transaction (STORE-4). It costs what is new, not what
 * is there: settled text is written once more, at the end.
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

  /** Two looks before the period is over, so that the write itself has one to finish in. */
  get #dueAfterMs(): number {
    return (this.periodMs * (LOOKS_PER_PERIOD - 2)) / LOOKS_PER_PERIOD;
  }

  /**
   * Writes what is due. Never while an earlier write is under way: if that one failed after later text was stored, its
   * text would be written again over what follows it, and a crash then would double it.
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
