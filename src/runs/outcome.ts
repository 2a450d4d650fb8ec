import { ProviderError, type ServiceError } from '../errors.ts';
import type { StopCause, TerminalEvent, Totals } from '../wire/events.ts';
import type { Completion } from './producer.ts';
import type { RunResult } from './store.ts';

/** How a run ended, decided once (RUN-5). */
export type Outcome =
  | ({ kind: 'complete' } & Completion)
  | { kind: 'stopped'; cause: StopCause }
  | { kind: 'failed'; error: ServiceError }
  | { kind: 'interrupted'; cause: 'shutdown' | 'crash' };

export type FinalStatus = Pick<RunResult, 'status' | 'cause' | 'errorMessage' | 'terminal'>;

const INTERRUPTED = {
  shutdown: 'The server was shut down before the answer was complete.',
  crash: 'The server stopped unexpectedly before the answer was complete.',
};

/** Status, cause and terminal event of an outcome. `revealing`: the terminal contains the provider's error message. */
export function finalStatusOf(outcome: Outcome, totals: Totals, revealing: boolean): FinalStatus {
  switch (outcome.kind) {
    case 'complete': {
      const { finishReason, valid, validationErrors } = outcome;
      const terminal: TerminalEvent = { type: 'complete', finishReason, ...totals };
      if (valid !== undefined) Object.assign(terminal, { valid, validationErrors: validationErrors ?? [] });
      return { status: 'complete', cause: finishReason, errorMessage: null, terminal };
    }
    case 'stopped':
      return {
        status: 'stopped',
        cause: outcome.cause,
        errorMessage: null,
        terminal: { type: 'stopped', cause: outcome.cause, ...totals },
      };
    case 'failed': {
      const { error } = outcome;
      const { code, retryable } = error;
      return {
        status: 'failed',
        cause: code,
        errorMessage: error instanceof ProviderError ? error.describe(true) : error.message,
        terminal: { type: 'error', code, message: clientMessage(error, revealing), retryable, ...totals },
      };
    }
    case 'interrupted': {
      const message = INTERRUPTED[outcome.cause];
      return {
        status: 'interrupted',
        cause: outcome.cause,
        errorMessage: null,
        terminal: { type: 'error', code: 'interrupted', message, retryable: true, ...totals },
      };
    }
  }
}

function clientMessage(error: ServiceError, revealing: boolean): string {
  if (error instanceof ProviderError) return error.describe(revealing);
  return error.toBody(undefined, revealing).error.message;
}
