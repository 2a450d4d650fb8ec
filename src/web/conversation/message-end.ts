import type { ChatMessage, Timeouts } from '../../client/index.ts';
import type { SchemaResult } from '../structured/schema-check.tsx';
import { sentenceOf, sentenceOfCause } from './error-texts.ts';

/** Why an answer ended, in a sentence, where there is more to say than its status says. */
export function reasonOf({ terminal, cause }: ChatMessage, timeouts: Timeouts | null): string | undefined {
  // That the server went away is all there is to say of an interrupted answer, and its status says it.
  const isFailed = terminal?.type === 'error' && terminal.code !== 'interrupted';
  return isFailed ? sentenceOf(terminal, timeouts) : sentenceOfCause(cause, timeouts);
}

/** Whether an answer fits its schema; null: it has none, or this window did not see its end. */
export function schemaResultOf({ terminal }: ChatMessage): SchemaResult | null {
  if (terminal?.type !== 'complete' || terminal.valid === undefined) return null;
  return { valid: terminal.valid, errors: terminal.validationErrors ?? [] };
}
