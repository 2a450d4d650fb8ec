import type { Logger } from 'pino';
import { ShuttingDownError } from '../errors.ts';
import { Checkpoints } from './checkpoints.ts';
import type { StopCause } from './events.ts';
import type { RunLog } from './log.ts';
import type { EditSink, Producer } from './producer.ts';
import { RestoredRuns } from './restored.ts';
import { type OnDisconnect, Run, type RunSettings } from './run.ts';
import { type Slot, Slots } from './slots.ts';
import type { RunDescription, RunStore, Settlement } from './store.ts';

/** A run that can be followed: live, or as it was stored. */
export interface Followable {
  readonly description: RunDescription;
  readonly log: RunLog;
  /** Live runs only: says that somebody follows; the answer says that they left. */
  attach?(): () => void;
}

export interface RunsSettings extends RunSettings {
  checkpointMs: number;
  /** How long a settlement is tried before readers are told that storage failed. */
  settleRetryMs: number;
}

/** Tells others (the mirror) of every run that begins, before its first event. */
export type RunListener = (run: Run) => void;

/** Hears of the end of a run when it is stored, before its terminal event. It must not throw. */
export type SettlementListener = (settlement: Settlement) => void;

/** All runs that live in this process, from their beginning to the commit of their end. */
export class Runs implements AsyncDisposable {
  readonly #live = new Map<string, Run>();
  readonly #slots = new Slots();
  readonly #listeners = new Set<RunListener>();
  readonly #settlementListeners = new Set<SettlementListener>();
  readonly #checkpoints: Checkpoints;
  readonly #restored = new RestoredRuns();
  /** Ends that the database has yet to take. */
  readonly #settling = new Set<Promise<void>>();
  #accepting = true;
  #closed = false;

  constructor(
    private readonly store: RunStore,
    private readonly settings: RunsSettings,
    private readonly logger: Logger,
  ) {
    this.#checkpoints = new Checkpoints(this.live, store, settings.checkpointMs, logger);
  }

  get live(): Iterable<Run> {
    return { [Symbol.iterator]: () => this.#live.values() };
  }

  get liveCount(): number {
    return this.#live.size;
  }

  get accepting(): boolean {
    return this.#accepting;
  }

  /** `listener` hears of each run that begins; the answer undoes it. */
  onStart(listener: RunListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** `listener` hears of each end that was stored; the answer undoes it. */
  onSettled(listener: SettlementListener): () => void {
    this.#settlementListeners.add(listener);
    return () => this.#settlementListeners.delete(listener);
  }

  /**
   * Reserves the chat. `interrupt`: the cause with which a run that is in the way ends; null: it is a ChatBusyError.
   * Throws ShuttingDownError when no more runs begin here.
   */
  async reserve(chatId: string, runId: string, interrupt: StopCause | null): Promise<Slot> {
    if (!this.#accepting) throw new ShuttingDownError();
    const slot = await this.#slots.reserve(chatId, runId, interrupt);
    if (this.#accepting) return slot;
    slot.release();
    throw new ShuttingDownError();
  }

  /** Begins a run whose turn is stored. It cannot fail any more; however it ends, it ends in one terminal event. */
  start(
    slot: Slot,
    description: RunDescription,
    onDisconnect: OnDisconnect,
    producer: Producer<EditSink>,
  ): Run {
    const run = new Run(description, onDisconnect, this.settings);
    this.#live.set(description.runId, run);
    for (const listener of this.#listeners) {
      try {
        listener(run);
      } catch (error) {
        this.logger.error({ err: error }, 'a run listener failed');
      }
    }
    const settling = this.#settle(run, slot, run.produce(producer));
    this.#settling.add(settling);
    settling.finally(() => this.#settling.delete(settling));
    slot.occupy(run);
    if (this.#closed) run.interrupt();
    return run;
  }

  get(runId: string): Run | undefined {
    return this.#live.get(runId);
  }

  activeIn(chatId: string): Run | undefined {
    return this.#slots.of(chatId)?.run ?? undefined;
  }

  /** A run to follow, wherever it is; null when it does not exist. */
  async open(runId: string): Promise<Followable | null> {
    const live = this.#live.get(runId);
    if (live) return live;
    // What others are reading just now need not be read again, if it was not deleted meanwhile.
    const inUse = this.#restored.inUse(runId);
    if (inUse) return (await this.store.exists(runId)) ? inUse : null;
    const stored = await this.store.load(runId);
    if (!stored) return null;
    if (stored.status !== 'streaming') return this.#restored.of(stored);
    // It began, or ended, while the database was asked.
    return this.#live.get(runId) ?? this.#reopen(runId);
  }

  async #reopen(runId: string): Promise<Followable | null> {
    const stored = await this.store.load(runId);
    return !stored || stored.status === 'streaming' ? null : this.#restored.of(stored);
  }

  /** No further runs; those that live may finish within `drainMs`, then they are settled as interrupted (RUN-10). */
  async drain(drainMs: number): Promise<void> {
    this.#accepting = false;
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    // Questions that are just being stored have a slot, but no run yet; they were accepted, too.
    await Promise.race([this.#slots.allReleased(), overdue]);
    clearTimeout(timer);
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#accepting = false;
    this.#closed = true;
    for (const run of this.#live.values()) run.interrupt();
    await this.#allSettled();
    this.#checkpoints[Symbol.dispose]();
  }

  async #allSettled(): Promise<void> {
    while (this.#settling.size > 0) await Promise.allSettled(this.#settling);
  }

  async #settle(run: Run, slot: Slot, producing: Promise<Settlement>): Promise<void> {
    let settlement = await producing;
    try {
      await this.#insist(settlement, performance.now() + this.settings.settleRetryMs);
    } catch (error) {
      settlement = await run.failStorage(error);
      this.logger.error({ err: error, ...identify(run) }, 'the end of a run could not be stored');
      run.log.append(settlement.terminal);
      await this.#insist(settlement, Number.POSITIVE_INFINITY).catch((cause: unknown) => {
        this.logger.error({ err: cause, ...identify(run) }, 'left for the sweep at the next start');
      });
    }
    // From here on whoever reads the terminal may post or query at once (RUN-3).
    this.#live.delete(run.description.runId);
    slot.release();
    if (!run.log.terminal) run.log.append(settlement.terminal);
    this.#report(run, settlement);
  }

  /** Tries until the database takes it; gives up at `deadline`, or when the server closes. */
  async #insist(settlement: Settlement, deadline: number): Promise<void> {
    for (let pauseMs = 50; ; pauseMs = Math.min(pauseMs * 2, 5_000)) {
      try {
        await this.store.settle(settlement);
        for (const listener of this.#settlementListeners) listener(settlement);
        return;
      } catch (error) {
        if (this.#closed || performance.now() + pauseMs > deadline) throw error;
        this.logger.warn(
          { err: error, runId: settlement.runId },
          'storing the end of a run failed; trying again',
        );
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  #report(run: Run, { status, cause, errorMessage, terminal, usage, chunks }: Settlement): void {
    const { totalTime, timeToFirstToken } = terminal;
    const facts = { ...identify(run), status, cause, chunks, totalTime, timeToFirstToken, usage };
    if (status === 'failed') this.logger.warn({ ...facts, errorMessage }, 'run failed');
    else this.logger.info(facts, 'run ended');
  }
}

function identify({ description: { runId, chatId, requestId, provider, model } }: Run) {
  return { runId, chatId, requestId, provider, model };
}
