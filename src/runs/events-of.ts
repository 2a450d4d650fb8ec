import { isTerminal, type LogEvent } from '../wire/events.ts';
import type { Followable } from './followable.ts';

/**
 * The events of a run from a position (0: the beginning) up to its terminal, as an async iterable. It pulls from the
 * log, so nothing is buffered for a slow consumer. The iterator is an attached reader: leaving the iteration detaches
 * it, which may stop the run (RUN-1).
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
