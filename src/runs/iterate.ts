import { isTerminal, type LogEvent } from './events.ts';
import type { Followable } from './runs.ts';

/**
 * The events of a run as they come, from a position on (0: from its beginning) up to its terminal; for code, as an HTTP
 * response is for clients. Nothing is held for who is slow. Who iterates is a reader of the run: if it is the last one to
 * leave, and the run is to stop then (RUN-1), it stops.
 */
export async function* eventsOf(
  run: Pick<Followable, 'log' | 'attach'>,
  from = 0,
): AsyncGenerator<LogEvent, void> {
  const { log } = run;
  const leave = run.attach?.();
  let wake = () => {};
  const reader = log.follow(from, () => wake());
  try {
    for (;;) {
      const entry = reader.next();
      if (entry) {
        yield entry.event;
        if (isTerminal(entry.event)) return;
      } else if (log.terminal) {
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    reader.close();
    leave?.();
  }
}
