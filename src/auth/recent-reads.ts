import { dropOldest } from './drop-oldest.ts';

/** How long what was read is believed: after this a revoked credential is refused (AUTH-9). In ms. */
const CACHE_MS = 1_000;

/** Credentials that are remembered; of more, those that were read least recently are read again. */
const CACHED = 10_000;

/** Ids in one query. */
const IDS_AT_A_TIME = 500;

interface Lookup<Value> {
  /** On the clock of performance.now(). */
  readonly startedAt: number;
  readonly value: Promise<Value | null>;
}

/** Stored credentials by their ids. Each one is read once a second at most. */
export class RecentReads<Value> {
  /** The one that was read least recently is the first. Never has ids that the store does not know. */
  readonly #lookups = new Map<string, Lookup<Value>>();

  /** `read` resolves with null for an id that there is not. */
  constructor(private readonly read: (id: string) => Promise<Value | null>) {}

  /** Rejects as `read` does. */
  find(id: string): Promise<Value | null> {
    const known = this.#lookups.get(id);
    if (known && performance.now() - known.startedAt < CACHE_MS) return known.value;
    const lookup = { startedAt: performance.now(), value: this.read(id) };
    this.#lookups.delete(id);
    this.#lookups.set(id, lookup);
    dropOldest(this.#lookups, CACHED);
    const forget = () => {
      if (this.#lookups.get(id) === lookup) this.#lookups.delete(id);
    };
    // Those that there are not, and failures, are not remembered.
    lookup.value.then((value) => value ?? forget(), forget);
    return lookup.value;
  }

  /** Reads it again the next time, because it was changed here. */
  forget(id: string): void {
    this.#lookups.delete(id);
  }
}

/** Those of any number of ids that are not valid. `validOf` returns the valid ones of a few hundred. */
export async function invalidAmong(
  ids: readonly string[],
  validOf: (some: readonly string[]) => Promise<string[]>,
): Promise<string[]> {
  const valid = new Set<string>();
  for (let start = 0; start < ids.length; start += IDS_AT_A_TIME) {
    for (const id of await validOf(ids.slice(start, start + IDS_AT_A_TIME))) valid.add(id);
  }
  return ids.filter((id) => !valid.has(id));
}
