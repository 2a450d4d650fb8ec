import { createHash } from 'node:crypto';
import { IdempotencyKeyReusedError } from '../errors.ts';
import type { Followable, Runs } from '../runs/runs.ts';
import type { ChatStore, Turn } from './store.ts';

type Claim = NonNullable<Turn['idempotency']>;

/**
 * Sees to it that a key starts one run, server-wide (CHAT-8): a repeat follows the first run from its start, whether
 * that is just being stored, live, or long over.
 */
export class IdempotencyKeys {
  /** Keys whose first request is still being stored. */
  readonly #pending = new Map<string, { bodyHash: string; starting: Promise<Followable> }>();

  constructor(
    private readonly store: Pick<ChatStore, 'findKey'>,
    private readonly runs: Pick<Runs, 'open'>,
  ) {}

  /** `request`: what must be the same in a repeat. Throws IdempotencyKeyReusedError when it is not. */
  async once(
    key: string,
    request: unknown,
    start: (claim: Claim) => Promise<Followable>,
  ): Promise<Followable> {
    const bodyHash = createHash('sha256').update(JSON.stringify(request)).digest('hex');
    const pending = this.#pending.get(key);
    if (pending) {
      if (pending.bodyHash !== bodyHash) throw new IdempotencyKeyReusedError();
      return pending.starting;
    }
    const starting = this.#findOrStart({ key, bodyHash }, start);
    this.#pending.set(key, { bodyHash, starting });
    try {
      return await starting;
    } finally {
      this.#pending.delete(key);
    }
  }

  async #findOrStart(claim: Claim, start: (claim: Claim) => Promise<Followable>): Promise<Followable> {
    const known = await this.store.findKey(claim.key);
    if (!known) return start(claim);
    if (known.bodyHash !== claim.bodyHash) throw new IdempotencyKeyReusedError();
    // Gone: its chat was deleted at this moment, and the key with it.
    return (await this.runs.open(known.runId)) ?? start(claim);
  }
}
