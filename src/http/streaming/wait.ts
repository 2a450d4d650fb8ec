import type { ServerResponse } from 'node:http';
import type { Followable } from '../../runs/followable.ts';
import { isTerminal, isTransient, type LogEvent, type TerminalEvent } from '../../wire/events.ts';
import { isCutOff } from '../routing/cut-off.ts';

/** Resolves at the first event that is not transient; false when the client left before. */
export function untilFirstEvent(response: ServerResponse, run: Followable): Promise<boolean> {
  return until(response, run, (event) => !isTransient(event)).then((event) => event !== null);
}

/** Resolves with the terminal event; null when the client left before. */
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
    const detach = run.attach?.();
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
      // Later, so that a caller who goes on to stream has attached first.
      if (!isCutOff(response)) setImmediate(() => detach?.());
    }
  });
}
