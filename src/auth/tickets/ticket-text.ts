import { hash, randomBytes } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { InvalidRequestError } from '../../errors.ts';

/** The query parameter in which a request presents a ticket. */
export const TICKET_PARAMETER = 'ticket';

/** Distinguishes our tickets from what an application may have in a parameter of that name. */
const PREFIX = 'lst_';

const TICKET = new RegExp(`^${PREFIX}[\\w-]{43}$`);

/** 256 random bits, in characters that need no escaping in URLs; 47 characters. */
export function createTicketText(): string {
  return `${PREFIX}${randomBytes(32).toString('base64url')}`;
}

export function isWellFormed(ticket: string): boolean {
  return TICKET.test(ticket);
}

/** What is kept of a ticket. It cannot be guessed, so the hash need not be slow. */
export function hashOfTicket(ticket: string): string {
  return hash('sha256', ticket, 'base64');
}

/**
 * What is meant to be one of our tickets in the query of a request, well-formed or not. Null: there is none. Throws
 * InvalidRequestError when there are several.
 */
export function ticketIn({ url = '' }: Pick<IncomingMessage, 'url'>): string | null {
  const start = url.indexOf('?');
  if (start < 0 || !url.includes(PREFIX, start)) return null;
  const given = new URLSearchParams(url.slice(start + 1)).getAll(TICKET_PARAMETER);
  const [ticket = null, ...others] = given.filter((text) => text.startsWith(PREFIX));
  if (others.length > 0) throw InvalidRequestError.field(TICKET_PARAMETER, 'must be there once');
  return ticket;
}
