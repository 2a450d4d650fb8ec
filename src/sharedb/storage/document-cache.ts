import type { DocumentKey, DocumentStore } from './document-store.ts';
import { LiveDocument } from './live-document.ts';

export interface CacheLimits {
  /** A document that was neither read nor written for so long is evicted; ms. */
  idleMs: number;
  /** Characters of all documents together; beyond it the least recently used ones are evicted. */
  characters: number;
}

/** After a document of so many characters was loaded, others are evicted at once, not at the next timer. */
const LARGE_CHARACTERS = 64 * 1024;

const MAX_FIRST_VERSIONS = 50_000;

interface CacheEntry {
  loading: Promise<LiveDocument>;
  /** Null until it is loaded. */
  document: LiveDocument | null;
  usedAt: number;
}

/** The documents that are in use, in memory, least recently used first (MIRROR-7). */
export class DocumentCache implements Disposable {
  readonly #store: DocumentStore;
  readonly #limits: CacheLimits;
  readonly #entries = new Map<string, CacheEntry>();
  /** The version of each document when it was first loaded: the one it had when this process started. */
  readonly #firstVersions = new Map<string, number>();
  readonly #timer: NodeJS.Timeout;

  constructor(store: DocumentStore, limits: CacheLimits) {
    this.#store = store;
    this.#limits = limits;
    this.#timer = setInterval(() => this.#evict(), Math.max(1, limits.idleMs / 2));
    this.#timer.unref();
  }

  get size(): number {
    return this.#entries.size;
  }

  /** Throws StorageError when the document cannot be loaded. */
  get(key: DocumentKey): Promise<LiveDocument> {
    const name = `${key.collection}\0${key.id}`;
    const known = this.#entries.get(name);
    const entry = known && !known.document?.broken ? known : this.#load(key, name);
    entry.usedAt = performance.now();
    this.#entries.delete(name);
    this.#entries.set(name, entry);
    return entry.loading;
  }

  /** The version when this process started. Undefined: it was never loaded, or too many others were loaded since. */
  firstVersion({ collection, id }: DocumentKey): number | undefined {
    return this.#firstVersions.get(`${collection}\0${id}`);
  }

  #remember(name: string, version: number): void {
    if (this.#firstVersions.has(name)) return;
    this.#firstVersions.set(name, version);
    const [oldest] = this.#firstVersions.keys();
    if (this.#firstVersions.size > MAX_FIRST_VERSIONS && oldest !== undefined)
      this.#firstVersions.delete(oldest);
  }

  #load(key: DocumentKey, name: string): CacheEntry {
    const loading = LiveDocument.load(this.#store, key);
    const entry: CacheEntry = { loading, document: null, usedAt: 0 };
    loading.then(
      (document) => {
        entry.document = document;
        this.#remember(name, document.current.v);
        if (document.size > LARGE_CHARACTERS) this.#evict();
      },
      () => {
        if (this.#entries.get(name) === entry) this.#entries.delete(name);
      },
    );
    return entry;
  }

  #evict(): void {
    const now = performance.now();
    let characters = 0;
    for (const { document } of this.#entries.values()) characters += document?.size ?? 0;
    for (const [name, { document, usedAt }] of this.#entries) {
      const idle = now - usedAt >= this.#limits.idleMs;
      if (!idle && characters <= this.#limits.characters) break;
      if (!document || document.busy) continue;
      this.#entries.delete(name);
      characters -= document.size;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#entries.clear();
  }
}
