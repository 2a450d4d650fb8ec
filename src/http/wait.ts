import type { ServerResponse } from 'node:http';
import { isRemark, isTerminal, type LogEvent, type TerminalEvent } from '../runs/events.ts';
import type { Followable } from '../runs/runs.ts';

/** Resolves when the run has said something, or has ended; false when the client left before. */
export function untilFirstWord(response: ServerResponse, run: Followable): Promise<boolean> {
  return until(response, run, (event) => !isRemark(event)).then((event) => event !== null);
}

/** Resolves with how the run ended; null when the client left before. */
export async function untilEnd(response: ServerResponse, run: Followable): Promise<TerminalEvent | null> {
  const event = await until(response, run, isTerminal);
  return event && isTerminal(event) ? event : null;
}

/** The waiting client counts as a reader of the run (RUN-1). */
function until(
  response: ServerResponse,
  run: Followable,
  wanted: (event: LogEvent) => boolean,
): Promise<LogEvent | null> {
  return new Promise((resolve) => {
    const leave = run.attach?.();
    const reader = run.log.follow(0, look);
    response.once('close', left);
    if (response.destroyed) left();
    else look();

    function look(): void {
      for (let entry = reader.next(); entry; entry = reader.next()) {
        if (!wanted(entry.event)) continue;
        settle(entry.event);
        return;
      }
    }

    function left(): void {
      settle(null);
    }

    function settle(event: LogEvent | null): void {
      response.off('close', left);
      reader.close();
      resolve(event);
      // Only now: whoever goes on to stream has attached by then.
      setImmediate(() => leave?.());
    }
  });
}
