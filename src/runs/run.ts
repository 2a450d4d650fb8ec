import { StorageError } from '../errors.ts';
import type { StopCause } from '../wire/events.ts';
import { AttachedReaders } from './attached-readers.ts';
import { type Checkpoint, CheckpointState } from './checkpoint-state.ts';
import { Generation } from './generation.ts';
import type { RunLog } from './log.ts';
import type { MeterSettings } from './meter.ts';
import type { Outcome } from './outcome.ts';
import type { EditSink, Producer } from './producer.ts';
import { type ResultSettings, resultOf } from './result.ts';
import type { RunDescription, RunResult } from './store.ts';

export interface RunSettings extends MeterSettings, ResultSettings {}

/** Whether the run stops when the last attached reader has left (RUN-1). */
export type OnDisconnect = 'continue' | 'cancel';

/**
 * The generation of one assistant message, from the stored turn to the stored result: its ids, readers, checkpoints and
 * result.
 */
export class Run {
  readonly generation: Generation;
  readonly log: RunLog;
  readonly #checkpointState: CheckpointState;
  readonly #readers: AttachedReaders;
  #description: RunDescription;

  constructor(
    description: RunDescription,
    onDisconnect: OnDisconnect,
    private readonly settings: RunSettings,
  ) {
    this.#description = description;
    this.#checkpointState = new CheckpointState(description.runId);
    this.generation = new Generation(description, settings, this.#checkpointState);
    this.log = this.generation.log;
    this.#readers = new AttachedReaders(() => {
      if (onDisconnect === 'cancel') this.stop('reader_left');
    });
  }

  /** Its `model` and `provider` are those of the fallback after a fallback. */
  get description(): RunDescription {
    const { model, provider } = this.generation.answerer;
    if (model !== this.#description.model || provider !== this.#description.provider) {
      this.#description = { ...this.#description, model, provider };
    }
    return this.#description;
  }

  /** Runs the producer. Resolves with the result to be stored; never rejects. */
  async produce(producer: Producer<EditSink>): Promise<RunResult> {
    return this.#result(await this.generation.produce(producer));
  }

  /** Ends the run; ignored when it has ended already. */
  stop(cause: StopCause): void {
    this.generation.end({ kind: 'stopped', cause });
  }

  /** Ends the run because the server shuts down. */
  interrupt(): void {
    this.generation.end({ kind: 'interrupted', cause: 'shutdown' });
  }

  /** Registers an attached reader. Returns an idempotent detach function. */
  attach(): () => void {
    return this.#readers.attach();
  }

  /** Returns what a checkpoint has to write if an entry has waited for `ageMs` or longer, else null. */
  takeUnsaved(ageMs: number): Checkpoint | null {
    return this.generation.hasEnded ? null : this.#checkpointState.take(this.log.entries, ageMs);
  }

  /** The result for a run whose own result could not be stored. */
  failStorage(cause: unknown): Promise<RunResult> {
    return this.#result({ kind: 'failed', error: new StorageError(cause) });
  }

  #result(outcome: Outcome): Promise<RunResult> {
    return resultOf(this.description, outcome, this.generation.answer(), this.settings);
  }
}
