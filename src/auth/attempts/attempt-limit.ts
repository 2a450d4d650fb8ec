import type { IncomingMessage } from 'node:http';
import type { Logger } from 'pino';
import type { Principal } from '../principal.ts';
import type { AttemptRecord } from './attempt-record.ts';
import { Attempts } from './attempts.ts';
import { clientAddress } from './client-address.ts';

/** Of an address, each at most once a minute. Neither line has anything of a credential. */
const LINES = {
  refused: { level: 'info', message: 'a wrong credential was refused' },
  blocked: { level: 'warn', message: 'too many wrong credentials from one address: no new one is looked at' },
} as const;

/** The limit of wrong credentials from one address (AUTH-10), whatever kind of credential they are. */
export class AttemptLimit {
  readonly #attempts = new Attempts();

  constructor(private readonly logger: Logger) {}

  /**
   * `isTrusted`: the credential was good within the last minute, so it is verified however many wrong ones came from
   * its address. Returns what `verify` does. Throws TooManyAttemptsError, and what `verify` throws.
   */
  async check(
    request: IncomingMessage,
    isTrusted: boolean,
    verify: () => Promise<Principal | null>,
  ): Promise<Principal | null> {
    if (isTrusted) {
      const principal = await verify();
      if (!principal)
        await this.#attempts.from(clientAddress(request), async (record) => this.#fail(record, request));
      return principal;
    }
    return this.#attempts.from(clientAddress(request), async (record) => {
      await record.enter();
      try {
        const principal = await verify();
        if (!principal) this.#fail(record, request);
        return principal;
      } finally {
        record.leave();
      }
    });
  }

  #fail(record: AttemptRecord, { socket }: IncomingMessage): void {
    const line = record.fail();
    if (line) this.logger[LINES[line].level]({ address: socket.remoteAddress }, LINES[line].message);
  }
}
