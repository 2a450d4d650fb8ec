/** `refused`: the credential is not valid; `failed`: trying again may help. */
type GivenTicket = { state: 'given'; text: string } | { state: 'refused' | 'failed' };

/** Gets a ticket for one connection. Never rejects. */
export type TicketFor = () => Promise<GivenTicket>;

/** A ticket may be late by this; ms. */
const TIMEOUT_MS = 10_000;

/** What the holder of a share may do with its document. */
export type Access = 'read' | 'write';

/**
 * `token`: of a share. It is sent in the body, so that it is in no log. `onAccess` is called before each ticket is
 * returned.
 */
export function ticketForShare(token: string, onAccess: (access: Access) => void = () => {}): TicketFor {
  return async () => {
    try {
      const response = await fetch('/api/tickets', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ share: token }),
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      // 400: it is no token at all.
      if (response.status === 401 || response.status === 400) return { state: 'refused' };
      if (!response.ok) return { state: 'failed' };
      const { ticket, access = 'read' }: { ticket: string; access?: Access } = await response.json();
      onAccess(access);
      return { state: 'given', text: ticket };
    } catch {
      return { state: 'failed' };
    }
  };
}
