import type { Followable } from '../../runs/followable.ts';
import type { LogReader } from '../../runs/log-reader.ts';
import type { RunDescription } from '../../runs/store.ts';

/** What a reader takes from the log at once, in UTF-16 units: this bounds the memory of a stalled one (RUN-7). */
export const BATCH_CHARS = 16 * 1024;

/** The run while a response holds it; the log of an ended run is shared by its readers. */
interface Held {
  readonly run: Followable;
  readonly reader: LogReader;
  readonly detach: (() => void) | undefined;
}

/** The run that a response reads; an ended one can be released while the client does not read, and opened again. */
export class ReleasableRun {
  readonly description: RunDescription;
  readonly #runs: { open(runId: string): Promise<Followable | null> };
  readonly #wake: () => void;
  #held: Held | null = null;
  #position: number;

  /** `wake`: called when the log has something new for this reader. */
  constructor(
    run: Followable,
    from: number,
    runs: { open(runId: string): Promise<Followable | null> },
    wake: () => void,
  ) {
    this.description = run.description;
    this.#runs = runs;
    this.#wake = wake;
    this.#position = from;
    this.follow(run);
  }

  /** Null: it is released. */
  get held(): Held | null {
    return this.#held;
  }

  /** Reads on, and counts as a reader of the run (RUN-1). */
  follow(run: Followable): void {
    const reader = run.log.follow(this.#position, this.#wake, BATCH_CHARS);
    this.#held = { run, reader, detach: run.attach?.() };
  }

  /** Does not read on. `isAttached`: goes on to count as a reader of the run. */
  close({ isAttached = false } = {}): void {
    this.#held?.reader.close();
    if (!isAttached) this.#held?.detach?.();
  }

  /** Does not read on, and keeps neither the run nor its log in memory. */
  release(): void {
    this.#position = this.#held?.reader.position ?? this.#position;
    this.close();
    this.#held = null;
  }

  /** The run again, to follow it; null: it was deleted meanwhile. */
  open(): Promise<Followable | null> {
    return this.#runs.open(this.description.runId);
  }
}
