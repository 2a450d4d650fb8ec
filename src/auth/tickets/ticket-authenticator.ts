import type { AttemptLimit } from '../attempts/attempt-limit.ts';
import type { Authenticate } from '../authenticate.ts';
import type { RevokedByKind } from '../open-connections.ts';
import type { Credential, Principal } from '../principal.ts';
import { ticketIn } from './ticket-text.ts';
import type { Tickets } from './tickets.ts';

interface TicketCheck {
  readonly tickets: Tickets;
  readonly limit: AttemptLimit;
  readonly revoked: RevokedByKind;
}

/**
 * Authenticates by the ticket in the query of a request, and by `others` where there is none. A ticket is worth as much
 * as the credential that it was issued for, which must not have been revoked meanwhile. Used, expired and made-up ones
 * count as wrong credentials (AUTH-10).
 *
 * What it returns throws TooManyAttemptsError, InvalidRequestError (see `ticketIn`), StorageError and what `others`
 * throws.
 */
export function ticketAuthenticator(
  { tickets, limit, revoked }: TicketCheck,
  others: Authenticate,
): Authenticate {
  const verify = async (ticket: string): Promise<Principal | null> => {
    const principal = tickets.take(ticket);
    const credential = principal?.credential;
    return credential && (await isEnded(credential, revoked)) ? null : principal;
  };

  return async (request) => {
    const ticket = ticketIn(request);
    if (ticket === null) return others(request);
    return limit.check(request, tickets.has(ticket), () => verify(ticket));
  };
}

/** Whether it was valid when the ticket was issued, but is not any more. */
async function isEnded({ kind, id, expiresAt }: Credential, revoked: RevokedByKind): Promise<boolean> {
  if (expiresAt !== null && expiresAt.getTime() <= Date.now()) return true;
  const ended = await revoked[kind]?.([id]);
  return ended !== undefined && ended.length > 0;
}
