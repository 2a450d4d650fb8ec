import { createHash } from 'node:crypto';
import { IdempotencyKeyReusedError } from '../errors.ts';
import type { Followable } from '../runs/followable.ts';
import type { Runs } from '../runs/runs.ts';
import type { ChatStore, Turn } from './store.ts';

type Claim = NonNullable<Turn['idempotency']>;

/**
 * Starts at most one run per key, server-wide (CHAT-8). A repeated request follows the first run from its start,
 * whether its turn is being stored, it is live, or it has ended.
 */
export class IdempotencyKeys {
  /** Keys whose first request is being stored, each with its owner. */
  readonly #pending = new Map<string, { bodyHash: string; starting: Promise<Followable> }>();

  constructor(
    private readonly store: Pick<ChatStore, 'findKey'>,
    private readonly runs: Pick<Runs, 'open'>,
  ) {}

  /**
   * Keys of different owners are different keys. `request`: the part of a request that a repetition must have in common
   * with it. Throws IdempotencyKeyReusedError when it differs.
   */
  async once(
    { ownerId, key }: Pick<Claim, 'ownerId' | 'key'>,
    request: unknown,
    start: (claim: Claim) => Promise<Followable>,
  ): Promise<Followable> {
    const bodyHash = createHash('sha256').update(JSON.stringify(request)).digest('hex');
    // No owner's id has a line break.
    const name = `${ownerId}\n${key}`;
    const pending = this.#pending.get(name);
    if (pending) {
      if (pending.bodyHash !== bodyHash) throw new IdempotencyKeyReusedError();
      return pending.starting;
    }
    const starting = this.#findOrStart({ ownerId, key, bodyHash }, start);
    this.#pending.set(name, { bodyHash, starting });
    try {
      return await starting;
    } finally {
      this.#pending.delete(name);
    }
  }

  async #findOrStart(claim: Claim, start: (claim: Claim) => Promise<Followable>): Promise<Followable> {
    const known = await this.store.findKey(claim.ownerId, claim.key);
    if (!known) return start(claim);
    if (known.bodyHash !== claim.bodyHash) throw new IdempotencyKeyReusedError();
    // Null when its chat, and the key with it, was deleted at this moment.
    return (await this.runs.open(known.runId)) ?? start(claim);
  }
}
