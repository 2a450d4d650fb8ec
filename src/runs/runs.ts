import type { Logger } from 'pino';
import { ChatBusyError, OverloadedError, ShuttingDownError } from '../errors.ts';
import { Checkpoints } from './checkpoints.ts';
import { EndedRunCache } from './ended-run-cache.ts';
import type { Followable } from './followable.ts';
import { type Claim, type Lease, Leases } from './leases.ts';
import { LiveRunsPerUser } from './live-runs-per-user.ts';
import type { RunObserver } from './observer.ts';
import type { EditSink, Producer } from './producer.ts';
import { ResultWriter } from './result-writer.ts';
import { type OnDisconnect, Run, type RunSettings } from './run.ts';
import type { RunDescription, RunStore } from './store.ts';

export interface RunsSettings extends RunSettings {
  checkpointMs: number;
  /** Upper limit of live runs; runs whose result is being stored count (LIMIT-1). */
  liveRuns: number;
  /** Of these, of one user. */
  liveRunsPerUser: number;
  /** How long storing a result is retried before the run ends with a storage error, in ms. */
  settleRetryMs: number;
}

/** All runs of this process, from their start until their result is stored. */
export class Runs implements AsyncDisposable {
  readonly #live = new Map<string, Run>();
  readonly #leases = new Leases((chatId, runId) => new ChatBusyError(chatId, runId));
  readonly #perUser: LiveRunsPerUser;
  readonly #ended = new EndedRunCache();
  readonly #checkpoints: Checkpoints;
  readonly #results: ResultWriter;
  #accepting = true;

  constructor(
    private readonly store: RunStore,
    private readonly settings: RunsSettings,
    logger: Logger,
    private readonly observer: RunObserver,
  ) {
    this.#perUser = new LiveRunsPerUser(settings.liveRunsPerUser);
    this.#checkpoints = new Checkpoints(this.live, store, settings.checkpointMs, logger);
    this.#results = new ResultWriter(store, settings.settleRetryMs, observer, logger);
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

  /**
   * Takes the lease of a chat as `Leases.claim` says, which throws ChatBusyError. `userId`: whose live runs are
   * limited; null: nobody's. Throws ShuttingDownError, OverloadedError when there are `liveRuns` runs, and
   * TooManyRunsError when there are `liveRunsPerUser` of this user. A request for a chat that has a live run does not
   * increase their number, so it is not refused as one too many.
   */
  async reserve(chatId: string, runId: string, claim: Claim, userId: string | null): Promise<Lease> {
    if (!this.#accepting) throw new ShuttingDownError();
    const isOneMore = !this.#leases.of(chatId);
    if (isOneMore && this.#leases.size >= this.settings.liveRuns) {
      throw new OverloadedError(this.settings.liveRuns);
    }
    const remove = userId === null ? null : this.#perUser.add(userId, isOneMore);
    try {
      const lease = await this.#whileAccepting(this.#leases.claim(chatId, runId, claim));
      if (remove) void lease.released.then(remove);
      return lease;
    } catch (error) {
      remove?.();
      throw error;
    }
  }

  /** Stops the run of a chat that is to be deleted, and starts no other there. Throws ShuttingDownError. */
  async close(chatId: string, runId: string): Promise<Lease> {
    if (!this.#accepting) throw new ShuttingDownError();
    return this.#whileAccepting(this.#leases.takeOver(chatId, runId, 'deleted'));
  }

  async #whileAccepting(taking: Promise<Lease>): Promise<Lease> {
    const lease = await taking;
    if (this.#accepting) return lease;
    lease.release();
    throw new ShuttingDownError();
  }

  /**
   * Starts a run whose turn is stored. Does not throw: however the run ends, it ends in one terminal event, after its
   * result was stored and its lease released. `Run.stop` stops it.
   */
  start(
    lease: Lease,
    description: RunDescription,
    onDisconnect: OnDisconnect,
    producer: Producer<EditSink>,
  ): Run {
    const run = new Run(description, onDisconnect, this.settings);
    lease.begin();
    this.#live.set(description.runId, run);
    this.observer.runStarted(run);
    this.#results.settle(run, run.produce(producer), () => {
      this.#live.delete(description.runId);
      lease.release();
    });
    lease.onPreempt((cause) => run.stop(cause));
    if (this.#results.isClosed) run.interrupt();
    return run;
  }

  get(runId: string): Run | undefined {
    return this.#live.get(runId);
  }

  activeIn(chatId: string): Run | undefined {
    const lease = this.#leases.of(chatId);
    return lease && this.#live.get(lease.runId);
  }

  /** A run to follow, live or restored; null when it does not exist. */
  async open(runId: string): Promise<Followable | null> {
    const live = this.#live.get(runId);
    if (live) return live;
    // A run that has other readers is in the cache and need not be read again; it may have been deleted, though.
    const cached = this.#ended.get(runId);
    if (cached) return (await this.store.exists(runId)) ? cached : null;
    const stored = await this.store.load(runId);
    if (!stored) return null;
    if (stored.status !== 'streaming') return this.#ended.restore(stored);
    // It started or ended during the query.
    return this.#live.get(runId) ?? this.#reopen(runId);
  }

  async #reopen(runId: string): Promise<Followable | null> {
    const stored = await this.store.load(runId);
    return !stored || stored.status === 'streaming' ? null : this.#ended.restore(stored);
  }

  /** Starts no more runs. Live ones may finish within `drainMs`, then they are interrupted (RUN-10). */
  async drain(drainMs: number): Promise<void> {
    this.#accepting = false;
    let timer: NodeJS.Timeout | undefined;
    const overdue = new Promise<void>((resolve) => {
      timer = setTimeout(resolve, drainMs);
    });
    // A question whose turn is being stored holds a lease, but has no run yet; it was accepted, too.
    await Promise.race([this.#leases.allReleased(), overdue]);
    clearTimeout(timer);
    await this[Symbol.asyncDispose]();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#accepting = false;
    for (const run of this.#live.values()) run.interrupt();
    await this.#results.close();
    this.#checkpoints[Symbol.dispose]();
  }
}
