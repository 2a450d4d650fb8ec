import { hash } from 'node:crypto';
import { dropOldest } from '../drop-oldest.ts';

/** How long a secret counts as good after it was. In ms. */
const GOOD_MS = 60_000;

/** Secrets that are remembered; of more, the one that was used least recently is forgotten. */
const MAX_SECRETS = 10_000;

/**
 * Secrets that were good a moment ago, as hashes. They do not fall under the limit of failed attempts: neighbours of an
 * attacker behind the same address, who are authenticated already, go on.
 */
export class RecentSecrets {
  /** SHA-256 → when it was good last, on the clock of performance.now(); the least recent one is the first. */
  readonly #times = new Map<string, number>();

  /** `hash`: of a secret, as `hashOfSecret` makes it. */
  has(hash: string): boolean {
    return performance.now() - (this.#times.get(hash) ?? Number.NEGATIVE_INFINITY) < GOOD_MS;
  }

  add(hash: string): void {
    this.#times.delete(hash);
    this.#times.set(hash, performance.now());
    dropOldest(this.#times, MAX_SECRETS);
  }

  delete(hash: string): void {
    this.#times.delete(hash);
  }
}

export function hashOfSecret(secret: string): string {
  return hash('sha256', secret, 'base64');
}
