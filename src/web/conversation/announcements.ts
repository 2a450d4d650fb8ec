import type { MessageStatus, TerminalEvent } from '../../client/index.ts';
import { sentenceOfCause } from './error-texts.ts';

/** How an answer ended, for screen readers. `what`: the noun for it. */
export function spokenEnd(what: string, status: MessageStatus, cause: string | null): string {
  const reason = sentenceOfCause(cause);
  const told = reason ? ` ${reason}` : '';
  switch (status) {
    case 'streaming':
      return 'Answering…';
    case 'complete':
      return reason ? `${what} cut off.${told}` : `${what} complete.`;
    case 'stopped':
      return `${what} stopped.`;
    case 'interrupted':
      return `${what} interrupted.`;
    case 'failed':
      return `${what} failed.${told}`;
  }
}

/** The same, from its terminal event. */
export function spokenTerminal(what: string, terminal: TerminalEvent): string {
  if (terminal.type === 'error') return `${what} failed. ${terminal.message}`;
  if (terminal.type === 'stopped') return spokenEnd(what, 'stopped', terminal.cause);
  const end = spokenEnd(what, 'complete', terminal.finishReason);
  return terminal.valid === undefined
    ? end
    : `${end} It ${terminal.valid ? 'fits' : 'does not fit'} the schema.`;
}
