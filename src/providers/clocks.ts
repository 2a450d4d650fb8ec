import { ProviderError } from '../errors.ts';
import type { Producer } from '../runs/producer.ts';

export interface AttemptClocks {
  /** From the request to the first text. */
  firstTokenMs: number;
  /** Between two signs of life: idle time, not age. */
  idleMs: number;
}

/**
 * Two of the three clocks (RUN-9), around one attempt. A producer whose answer is over already (its finish_reason came)
 * resolves when its signal aborts: an upstream that falls silent after the end has succeeded.
 */
export function withClocks(producer: Producer, { firstTokenMs, idleMs }: AttemptClocks): Producer {
  return async (sink, signal) => {
    using clock = new Clock(signal);
    clock.set('first_token_timeout', firstTokenMs);
    let begun = false;
    const alive = () => {
      if (begun) {
        clock.restart();
        return;
      }
      begun = true;
      clock.set('idle_timeout', idleMs);
    };
    return await clock.judge(
      producer(
        {
          content(text) {
            alive();
            sink.content(text);
          },
          reasoning(text) {
            alive();
            sink.reasoning(text);
          },
          redact(from, to) {
            alive();
            sink.redact(from, to);
          },
          status: (remark) => sink.status(remark),
        },
        clock.signal,
      ),
    );
  };
}

/** The third clock: all attempts together. 0: off. */
export function withTotalClock(producer: Producer, totalMs: number): Producer {
  if (totalMs === 0) return producer;
  return async (sink, signal) => {
    using clock = new Clock(signal);
    clock.set('total_timeout', totalMs);
    return await clock.judge(producer(sink, clock.signal));
  };
}

type TimeoutCode = 'first_token_timeout' | 'idle_timeout' | 'total_timeout';

/** A timer that aborts, and turns the failure which that causes into its own error. */
class Clock implements Disposable {
  readonly #controller = new AbortController();
  readonly #abort = () => this.#controller.abort();
  #timer: NodeJS.Timeout | undefined;
  #startedAt = 0;
  #expired: TimeoutCode | null = null;

  constructor(private readonly outer: AbortSignal) {
    if (outer.aborted) this.#abort();
    else outer.addEventListener('abort', this.#abort, { once: true });
  }

  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  set(code: TimeoutCode, ms: number): void {
    this.restart();
    this.#arm(code, ms, ms);
  }

  /** Each token does: so it only notes the moment, and the timer looks at that when it rings. */
  restart(): void {
    this.#startedAt = performance.now();
  }

  #arm(code: TimeoutCode, ms: number, remainingMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      const leftMs = this.#startedAt + ms - performance.now();
      if (leftMs >= 1) {
        this.#arm(code, ms, leftMs);
        return;
      }
      this.#expired = code;
      this.#abort();
    }, remainingMs);
  }

  async judge<Result>(work: Promise<Result>): Promise<Result> {
    try {
      return await work;
    } catch (cause) {
      throw this.#expired ? new ProviderError(this.#expired, { cause }) : cause;
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
    this.outer.removeEventListener('abort', this.#abort);
  }
}
