import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { ClientAddresses } from '../client-addresses.ts';
import type { Principal } from '../principal.ts';
import type { AttemptRecord } from './attempt-record.ts';
import { Attempts } from './attempts.ts';
import { clientNetwork } from './client-network.ts';

/** Of an address, each at most once a minute. Neither line has anything of a credential. */
const LINES = {
  refused: { level: 'info', message: 'a wrong credential was refused' },
  blocked: { level: 'warn', message: 'too many wrong credentials from one address: no new one is looked at' },
} as const;

/** Wrong credentials from one address within a minute; of more, none is looked at (AUTH-10). */
const MAX_FAILURES = 20;

/** The limit of wrong credentials from one address (AUTH-10), whatever kind of credential they are. */
export class AttemptLimit {
  readonly #attempts: Attempts;

  /** `most`: failures of an address within a minute. */
  constructor(
    private readonly addresses: ClientAddresses,
    private readonly logger: Logger,
    most = MAX_FAILURES,
  ) {
    this.#attempts = new Attempts(most);
  }

  /**
   * `isTrusted`: the credential was good within the last minute, so it is verified however many wrong ones came from
   * its address. Returns what `verify` does. Throws TooManyAttemptsError, and what `verify` throws.
   */
  async check(
    request: IncomingMessage,
    isTrusted: boolean,
    verify: () => Promise<Principal | null>,
  ): Promise<Principal | null> {
    // The client may leave meanwhile, and its socket forget the address.
    const address = this.addresses.of(request);
    const client = clientNetwork(address);
    if (isTrusted) {
      const principal = await verify();
      if (!principal) await this.#attempts.from(client, async (record) => this.#fail(record, address));
      return principal;
    }
    return this.#attempts.from(client, async (record) => {
      await record.enter();
      try {
        const principal = await verify();
        if (!principal) this.#fail(record, address);
        return principal;
      } finally {
        record.leave();
      }
    });
  }

  #fail(record: AttemptRecord, address: string): void {
    const line = record.fail();
    if (line) this.logger[LINES[line].level]({ address }, LINES[line].message);
  }
}
