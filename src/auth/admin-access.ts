import type { IncomingMessage } from 'node:http';
import type { Audit } from './audit.ts';
import { dropOldest } from './drop-oldest.ts';
import { ownerIdOf, type Principal } from './principal.ts';

/** Further uses of a resource within this time are part of the first one. In ms. */
const ONE_USE_MS = 60_000;

/** Uses that are remembered; of more, the one that was recorded first is recorded again. */
const MAX_USES = 10_000;

/** Records that administrators use resources of others: each resource once a minute, however often they do. */
export class AdminAccess {
  /** When a use was recorded, on the clock of performance.now(). */
  readonly #uses = new Map<string, number>();

  constructor(private readonly audit: Pick<Audit, 'record'>) {}

  /** As `Audit.record`. */
  async record(
    principal: Principal,
    resource: string,
    id: string,
    request: IncomingMessage | undefined,
  ): Promise<void> {
    const { kind, id: credential } = principal.credential ?? {};
    const use = JSON.stringify([ownerIdOf(principal), kind, credential, resource, id]);
    const now = performance.now();
    if (now - (this.#uses.get(use) ?? Number.NEGATIVE_INFINITY) < ONE_USE_MS) return;
    this.#uses.delete(use);
    this.#uses.set(use, now);
    dropOldest(this.#uses, MAX_USES);
    await this.audit.record(principal, 'admin.accessed', resource, id, request);
  }
}
