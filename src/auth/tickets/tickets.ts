import { ownerIdOf, type Principal } from '../principal.ts';
import { createTicketText, hashOfTicket, isWellFormed } from './ticket-text.ts';

/** How long a ticket can be used; ms. */
const LIFE_MS = 60_000;

/** Unused tickets that are kept; of more, the oldest is dropped. */
const MAX_TICKETS = 10_000;

/** Of these, with one credential: enough for every tab of a browser to connect again at once. */
const MAX_PER_CREDENTIAL = 100;

export interface NewTicket {
  /** It cannot be had again. */
  readonly ticket: string;
  readonly expiresAt: Date;
}

interface Ticket {
  readonly principal: Principal;
  readonly holder: string;
  /** On the clock of performance.now(). */
  readonly endsAt: number;
}

/**
 * Tickets stand for a principal once, within a minute, for clients that cannot send headers (AUTH-8). They are in the
 * memory of this process only, as hashes.
 */
export class Tickets {
  /** By hash, the oldest first. */
  readonly #tickets = new Map<string, Ticket>();
  /** The hashes of each credential's tickets, the oldest first. */
  readonly #byHolder = new Map<string, Set<string>>();

  issue(principal: Principal): NewTicket {
    this.#dropExpired();
    const ticket = createTicketText();
    const hash = hashOfTicket(ticket);
    const holder = holderOf(principal);
    const own = this.#byHolder.get(holder) ?? new Set();
    this.#byHolder.set(holder, own.add(hash));
    this.#tickets.set(hash, { principal, holder, endsAt: performance.now() + LIFE_MS });
    const [oldest = hash] = own.size > MAX_PER_CREDENTIAL ? own : this.#tickets.keys();
    if (own.size > MAX_PER_CREDENTIAL || this.#tickets.size > MAX_TICKETS) this.#remove(oldest);
    return { ticket, expiresAt: new Date(Date.now() + LIFE_MS) };
  }

  /** Whether it can be used. */
  has(ticket: string): boolean {
    return this.#find(ticket) !== null;
  }

  /** Whose it is; it cannot be used again. Null: it was used, has expired, or never existed. */
  take(ticket: string): Principal | null {
    const found = this.#find(ticket);
    if (!found) return null;
    this.#remove(found.hash);
    return found.principal;
  }

  #find(ticket: string): { hash: string; principal: Principal } | null {
    if (!isWellFormed(ticket)) return null;
    const hash = hashOfTicket(ticket);
    const found = this.#tickets.get(hash);
    return found && performance.now() < found.endsAt ? { hash, principal: found.principal } : null;
  }

  #dropExpired(): void {
    const now = performance.now();
    for (const [hash, { endsAt }] of this.#tickets) {
      if (now < endsAt) return;
      this.#remove(hash);
    }
  }

  #remove(hash: string): void {
    const { holder = '' } = this.#tickets.get(hash) ?? {};
    this.#tickets.delete(hash);
    const own = this.#byHolder.get(holder);
    own?.delete(hash);
    if (own?.size === 0) this.#byHolder.delete(holder);
  }
}

function holderOf(principal: Principal): string {
  const { kind, id } = principal.credential ?? {};
  return JSON.stringify([ownerIdOf(principal), kind, id]);
}
