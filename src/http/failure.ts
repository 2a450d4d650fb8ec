import { ServiceError, statusOf } from '../errors.ts';
import type { ErrorEvent, StopCause, StoppedEvent } from '../runs/events.ts';

/** How a run ended, as the error that a client gets who has heard nothing of it yet. */
export function failureOf(terminal: ErrorEvent | StoppedEvent): ServiceError {
  if (terminal.type === 'stopped') return new StoppedError(terminal);
  const { code, message, retryable } = terminal;
  return new ServiceError(statusOf(code), code, message, retryable);
}

/** Somebody stopped the run on purpose: to ask again would be wrong. */
class StoppedError extends ServiceError {
  constructor({ cause }: StoppedEvent) {
    super(409, 'stopped', stoppedMessage(cause), false);
  }
}

/** For formats that have no way to say that an answer is not all of it. */
export function stoppedMessage(cause: StopCause): string {
  return `The answer was stopped before it was complete (${cause}).`;
}
