import { ChatClientError } from '../../client/index.ts';
import { sentenceOf } from '../conversation/error-texts.ts';

/** Why somebody could not sign in, for that user. */
export function reasonOf(cause: unknown): string {
  const { status, code, retryAfterMs } = ChatClientError.from(cause);
  const wait = retryAfterMs === null ? 'a minute' : `${Math.ceil(retryAfterMs / 1_000)} s`;
  if (status === 401) return 'This key is wrong, has expired or was revoked.';
  if (status === 429) return `Too many failed sign-ins came from here. Try again in ${wait}.`;
  if (code === 'auth_unavailable')
    return `The sign-in service cannot be reached, or does not respond as it should. Try again in ${wait}.`;
  return sentenceOf(cause);
}
