import type { IncomingMessage } from 'node:http';
import { clientNetwork } from '../attempts/client-network.ts';
import type { Audit } from '../audit.ts';
import type { ClientAddresses } from '../client-addresses.ts';
import { ANONYMOUS } from '../principal.ts';

const HOUR_MS = 60 * 60 * 1000;

/** Entries within an hour, of different addresses; the rest is in the log only. */
const MAX_ENTRIES = 100;

/**
 * Records in the audit log that somebody could not sign in (AUTH-12). Whoever has no credential must not be able to
 * fill the database (AUTH-10): an address has one entry an hour, all of them together have 100.
 */
export class RefusedSignIns {
  #hour = Number.NEGATIVE_INFINITY;
  #addresses = new Set<string>();

  constructor(
    private readonly audit: Pick<Audit, 'record'>,
    private readonly addresses: ClientAddresses,
  ) {}

  /** `how`: `key` or `oidc`. As `Audit.record`. */
  async record(how: string, request: IncomingMessage): Promise<void> {
    const now = performance.now();
    if (now - this.#hour >= HOUR_MS) {
      this.#hour = now;
      this.#addresses = new Set();
    }
    const address = clientNetwork(this.addresses.of(request));
    if (this.#addresses.has(address) || this.#addresses.size >= MAX_ENTRIES) return;
    this.#addresses.add(address);
    await this.audit.record(ANONYMOUS, 'session.refused', 'session', how, request);
  }
}
