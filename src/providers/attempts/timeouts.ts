import type { Producer } from '../../runs/producer.ts';
import { Clock } from './timeout.ts';

export interface AttemptClocks {
  /** From the request to the first text. In ms. */
  firstTokenTimeoutMs: number;
  /** Maximum silence of the provider after that. In ms. */
  idleTimeoutMs: number;
}

/** Activity without text (pings, comments) extends the idle timeout up to this many times. */
const QUIET_TIMES = 10;

/**
 * Two of the three timeouts (RUN-9), around one attempt. A producer whose answer is complete (its finish_reason has
 * arrived) resolves when its signal aborts: an upstream that is silent after the end has succeeded.
 */
export function withClocks(
  producer: Producer,
  { firstTokenTimeoutMs, idleTimeoutMs }: AttemptClocks,
): Producer {
  return async (sink, signal) => {
    using clock = new Clock(signal);
    clock.set('first_token_timeout', firstTokenTimeoutMs);
    let begun = false;
    /** Whether text arrived since the last call of `alive`, so that a token reads the time only once. */
    let spoke = false;
    /** Returns false after a timeout: then output of this attempt would mix with that of the next one. */
    const said = (): boolean => {
      if (clock.over) return false;
      spoke = true;
      if (begun) {
        clock.progress();
        return true;
      }
      begun = true;
      clock.set('idle_timeout', idleTimeoutMs, idleTimeoutMs * QUIET_TIMES);
      return true;
    };
    return await clock.judge(
      producer(
        {
          content(text) {
            if (said()) sink.content(text);
          },
          reasoning(text) {
            if (said()) sink.reasoning(text);
          },
          redact(from, to) {
            if (said()) sink.redact(from, to);
          },
          status(remark) {
            if (!clock.over) sink.status(remark);
          },
          emit(event) {
            if (said()) sink.emit(event);
          },
          alive() {
            if (begun && !spoke) clock.heard();
            spoke = false;
          },
        },
        clock.signal,
      ),
    );
  };
}

/** The third timeout: all attempts together. In ms; 0: off. */
export function withTotalClock(producer: Producer, totalMs: number): Producer {
  if (totalMs === 0) return producer;
  return async (sink, signal) => {
    using clock = new Clock(signal);
    clock.set('total_timeout', totalMs);
    return await clock.judge(producer(sink, clock.signal));
  };
}
