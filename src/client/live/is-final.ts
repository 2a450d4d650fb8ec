import type { ChatClientError } from '../errors.ts';

/** Whether trying again would fail for the same reason: a credential or a request that the server refuses. */
export function isFinal({ retryable, status }: ChatClientError): boolean {
  return !retryable && (status === null || status < 500);
}
