import { LiveDocument } from './live-document.ts';
import type { DocumentKey, DocumentStore } from './store.ts';

export interface CacheLimits {
  /** A document that nobody read or wrote for so long leaves memory. */
  idleMs: number;
  /** Characters of all documents together; beyond it those go first that were not used for longest. */
  characters: number;
}

interface Slot {
  loading: Promise<LiveDocument>;
  /** Null until it is loaded. */
  document: LiveDocument | null;
  usedAt: number;
}

/** The documents that are in use, in memory; least recently used first (MIRROR-7). */
export class DocumentCache implements Disposable {
  readonly #store: DocumentStore;
  readonly #limits: CacheLimits;
  readonly #slots = new Map<string, Slot>();
  readonly #timer: NodeJS.Timeout;

  constructor(store: DocumentStore, limits: CacheLimits) {
    this.#store = store;
    this.#limits = limits;
    this.#timer = setInterval(() => this.#evict(), Math.max(1, limits.idleMs / 2));
    this.#timer.unref();
  }

  get size(): number {
    return this.#slots.size;
  }

  /** Throws StorageError when it cannot be loaded. */
  get(key: DocumentKey): Promise<LiveDocument> {
    const name = `${key.collection}\0${key.id}`;
    const known = this.#slots.get(name);
    const slot = known && !known.document?.broken ? known : this.#load(key, name);
    slot.usedAt = performance.now();
    this.#slots.delete(name);
    this.#slots.set(name, slot);
    return slot.loading;
  }

  #load(key: DocumentKey, name: string): Slot {
    const loading = LiveDocument.load(this.#store, key);
    const slot: Slot = { loading, document: null, usedAt: 0 };
    loading.then(
      (document) => {
        slot.document = document;
      },
      () => {
        if (this.#slots.get(name) === slot) this.#slots.delete(name);
      },
    );
    return slot;
  }

  #evict(): void {
    const now = performance.now();
    let characters = 0;
    for (const { document } of this.#slots.values()) characters += document?.size ?? 0;
    for (const [name, { document, usedAt }] of this.#slots) {
      const idle = now - usedAt >= this.#limits.idleMs;
      if (!idle && characters <= this.#limits.characters) break;
      if (!document || document.busy) continue;
      this.#slots.delete(name);
      characters -= document.size;
    }
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer);
    this.#slots.clear();
  }
}
