import { ProviderError } from '../../errors.ts';
import { awakeTime } from './awake-time.ts';

export type TimeoutCode = 'first_token_timeout' | 'idle_timeout' | 'total_timeout';

/** How long a producer may take to settle after its signal aborted, perhaps with a finished answer. In ms. */
const GRACE_MS = 1_000;

/** Turns of the event loop after a timer fired in which pending data of sockets is read. */
const TURNS = 2;

interface Limit {
  code: TimeoutCode;
  /** Maximum silence. */
  ms: number;
  /** Maximum time without progress. */
  quietMs: number;
}

/**
 * A timeout that aborts a piece of work and decides its result, also if the work never settles. Time in which this
 * process is paused does not count.
 */
export class Clock implements Disposable {
  readonly #controller = new AbortController();
  readonly #abort = () => this.#end();
  #timer: NodeJS.Timeout | undefined;
  #limit: Limit = { code: 'total_timeout', ms: 0, quietMs: Number.POSITIVE_INFINITY };
  #heardAt = 0;
  #progressAt = 0;
  #expired = false;
  #over = false;
  #giveUp: () => void = () => {};

  constructor(private readonly outer: AbortSignal) {
    awakeTime.acquire();
    if (outer.aborted) this.#end();
    else outer.addEventListener('abort', this.#abort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Whether the result of the work is decided: later output is ignored. */
  get over(): boolean {
    return this.#over;
  }

  /** `quietMs`: the maximum time between two calls of `progress`, whatever calls of `heard` there are. */
  set(code: TimeoutCode, ms: number, quietMs = Number.POSITIVE_INFINITY): void {
    this.#limit = { code, ms, quietMs };
    this.progress();
    if (!this.#over) this.#arm(ms);
  }

  /** Called for each token: so it only notes the time, and the timer checks it when it fires. */
  progress(): void {
    this.#heardAt = awakeTime.now();
    this.#progressAt = this.#heardAt;
  }

  /** Activity without progress, such as a ping. */
  heard(): void {
    this.#heardAt = awakeTime.now();
  }

  /** Settles as the work does, unless the time runs out first: then rejects with a ProviderError with the code. */
  async judge<Result>(work: Promise<Result>): Promise<Result> {
    const givenUp = new Promise<never>((_resolve, reject) => {
      this.#giveUp = () => reject(new Error('The work goes on although it was aborted.'));
    });
    try {
      return await Promise.race([work, givenUp]);
    } catch (cause) {
      throw this.#expired ? new ProviderError(this.#limit.code, { cause }) : cause;
    } finally {
      this.#over = true;
    }
  }

  [Symbol.dispose](): void {
    this.#over = true;
    clearTimeout(this.#timer);
    awakeTime.release();
    this.outer.removeEventListener('abort', this.#abort);
  }

  get #leftMs(): number {
    const { ms, quietMs } = this.#limit;
    return Math.min(this.#heardAt + ms, this.#progressAt + quietMs) - awakeTime.now();
  }

  #arm(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      awakeTime.sample();
      this.#check(TURNS);
    }, ms);
  }

  /** Timers fire before sockets are read: data that arrived in time, but was not read yet, still counts. */
  #check(turns: number): void {
    if (this.#over) return;
    const leftMs = this.#leftMs;
    if (leftMs >= 1) {
      this.#arm(leftMs);
    } else if (turns > 0) {
      setImmediate(() => this.#check(turns - 1));
    } else {
      this.#expired = true;
      this.#end();
    }
  }

  /** The work may still settle as finished: an answer whose stream only did not close is complete. */
  #end(): void {
    this.#over = true;
    this.#controller.abort();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#giveUp(), GRACE_MS);
  }
}
