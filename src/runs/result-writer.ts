import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type Backoff, backoffMs } from './backoff.ts';
import type { RunObserver } from './observer.ts';
import type { Run } from './run.ts';
import type { RunResult, RunStore } from './store.ts';

const BACKOFF: Backoff = { baseMs: 50, capMs: 5_000 };

/**
 * Stores the result of each run that has ended, and appends its terminal event only then: a client that receives the
 * terminal may query or post at once (RUN-3).
 */
export class ResultWriter {
  /** Results that are not stored yet. */
  readonly #pending = new Set<Promise<void>>();
  #closed = false;

  /** `retryMs`: how long storing is retried before the run ends with a storage error. */
  constructor(
    private readonly store: Pick<RunStore, 'settle'>,
    private readonly retryMs: number,
    private readonly observer: Pick<RunObserver, 'resultStored'>,
    private readonly logger: Logger,
  ) {}

  get isClosed(): boolean {
    return this.#closed;
  }

  /**
   * `release` is called when the result is stored or given up: before the terminal event, unless that says that storage
   * failed.
   */
  settle(run: Run, producing: Promise<RunResult>, release: () => void): void {
    const settling = this.#settle(run, producing, release);
    this.#pending.add(settling);
    settling.finally(() => this.#pending.delete(settling));
  }

  /** From now on nothing is retried. Resolves when no result is pending. */
  async close(): Promise<void> {
    this.#closed = true;
    while (this.#pending.size > 0) await Promise.allSettled(this.#pending);
  }

  async #settle(run: Run, producing: Promise<RunResult>, release: () => void): Promise<void> {
    let result = await producing;
    try {
      await this.#store(result, performance.now() + this.retryMs);
    } catch (error) {
      result = await run.failStorage(error);
      this.logger.error({ err: error, ...identify(run) }, 'the end of a run could not be stored');
      run.log.append(result.terminal);
      await this.#store(result, Number.POSITIVE_INFINITY).catch((cause: unknown) => {
        this.logger.error({ err: cause, ...identify(run) }, 'left for the sweep at the next start');
      });
    }
    release();
    if (!run.log.terminal) run.log.append(result.terminal);
    this.#report(run, result);
  }

  /** Retries until the result is stored. Throws the error of the database at `deadline`, or once this is closed. */
  async #store(result: RunResult, deadline: number): Promise<void> {
    for (let failures = 0; ; failures += 1) {
      try {
        await this.store.settle(result);
        this.observer.resultStored(result);
        return;
      } catch (error) {
        const pauseMs = backoffMs(failures, BACKOFF);
        if (this.#closed || performance.now() + pauseMs > deadline) throw error;
        this.logger.warn(
          { err: error, runId: result.runId },
          'storing the end of a run failed; trying again',
        );
        await sleep(pauseMs);
      }
    }
  }

  #report(run: Run, { status, cause, errorMessage, terminal, usage, chunks }: RunResult): void {
    const { totalTime, timeToFirstToken } = terminal;
    const facts = { ...identify(run), status, cause, chunks, totalTime, timeToFirstToken, usage };
    if (status === 'failed') this.logger.warn({ ...facts, errorMessage }, 'run failed');
    else this.logger.info(facts, 'run ended');
  }
}

function identify({ description: { runId, chatId, requestId, provider, model } }: Run) {
  return { runId, chatId, requestId, provider, model };
}
