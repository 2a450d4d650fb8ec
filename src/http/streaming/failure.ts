import { ServiceError } from '../../errors.ts';
import type { ErrorEvent, StopCause, StoppedEvent } from '../../wire/events.ts';

/** How a run ended, as the error for a client to which nothing was sent yet. */
export function failureOf(terminal: ErrorEvent | StoppedEvent): ServiceError {
  if (terminal.type === 'stopped') return new StoppedError(terminal);
  const { code, message, retryable } = terminal;
  return new ServiceError(code, message, { retryable });
}

/** The run was stopped on purpose, so a retry would be wrong. */
class StoppedError extends ServiceError {
  constructor({ cause }: StoppedEvent) {
    super('stopped', stoppedMessage(cause));
  }
}

/** For formats that cannot mark an answer as incomplete. */
export function stoppedMessage(cause: StopCause): string {
  return `The answer was stopped before it was complete (${cause}).`;
}
