import { setImmediate as nextTurn } from 'node:timers/promises';
import { DocumentStorageError } from '../errors.ts';
import { DocumentSizes, LONG_CREATION, MAX_HISTORY } from './document-sizes.ts';
import type { DocumentKey, DocumentStore, StoredSnapshot } from './document-store.ts';
import { type CommittedOp, replay, type Version } from './replay.ts';

/**
 * A document in memory. Each op is stored at once; a snapshot only when the ops since the last one outweigh it, so that
 * the cost of an op does not depend on the length of the document, and loading reads at most twice that length.
 */
export class LiveDocument {
  readonly #store: DocumentStore;
  readonly #key: DocumentKey;
  readonly #sizes: DocumentSizes;
  #current: Version;
  #lastWrite: Promise<unknown> = Promise.resolve();
  #pendingWrites = 0;
  #broken = false;

  private constructor(store: DocumentStore, key: DocumentKey, current: Version, sizes: DocumentSizes) {
    this.#store = store;
    this.#key = key;
    this.#current = current;
    this.#sizes = sizes;
  }

  static async load(store: DocumentStore, key: DocumentKey): Promise<LiveDocument> {
    const { snapshot, ops, kept } = await store.load(key);
    const sinceSnapshot = ops.reduce((sum, { op }) => sum + op.length, 0);
    const sizes = new DocumentSizes(snapshot?.data?.length ?? 0, sinceSnapshot, kept);
    return new LiveDocument(store, key, await replay(snapshot, ops), sizes);
  }

  get current(): Version {
    return this.#current;
  }

  /** Characters that it holds in memory, roughly. */
  get size(): number {
    return this.#sizes.document;
  }

  /** A write is pending; whoever loaded the document from the database now would get the version before it. */
  get busy(): boolean {
    return this.#pendingWrites > 0;
  }

  /** A write failed and may have been stored or not: the document must be loaded again. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Characters of all stored ops, roughly. */
  get historySize(): number {
    return this.#sizes.history;
  }

  get isHistoryTooLong(): boolean {
    return this.#sizes.isHistoryTooLong;
  }

  /** Stores an op that leads to `next`. Resolves with false when another op was stored first. */
  commit(op: CommittedOp, next: Version): Promise<boolean> {
    return this.#write(async () => {
      if (this.#broken || next.v !== this.#current.v + 1) return false;
      const stored = { version: this.#current.v, op: JSON.stringify(op), meta: JSON.stringify(next.meta) };
      const size = stored.op.length;
      const isLongCreation = op.create !== undefined && size > LONG_CREATION;
      const snapshot = !isLongCreation && this.#sizes.needsSnapshot(size) ? snapshotOf(next) : null;
      await this.#store.append(this.#key, stored, new Date(), snapshot);
      this.#current = next;
      if (snapshot) this.#sizes.addOpWithSnapshot(size, snapshot.data?.length ?? 0);
      else if (isLongCreation) this.#sizes.addOpWithSnapshot(size, size);
      else this.#sizes.addOp(size);
      return true;
    });
  }

  /** Stores a snapshot, so that older ops are no longer needed; `forget` removes them here and now. */
  compact(forget: boolean): Promise<void> {
    return this.#write(async () => {
      const snapshot = snapshotOf(this.#current);
      const atOnce = forget && this.#sizes.history <= LONG_CREATION;
      await this.#store.compact(this.#key, snapshot, atOnce);
      // Removing a long history in the same transaction would block other writes for too long.
      if (forget && !atOnce) await this.#store.forget(this.#key, snapshot.version);
      if (forget) this.#sizes.clearHistory();
      this.#sizes.setSnapshot(snapshot.data?.length ?? 0);
    });
  }

  /**
   * Removes the older half of its history, but nothing from version `keepFrom` on. Viewers who are further behind have
   * to load the document afresh, and an older edit can no longer be undone.
   */
  async trim(keepFrom: number): Promise<void> {
    const before = this.#sizes.history;
    const { boundary, kept } = await this.#trimBoundary(keepFrom);
    if (boundary > 0) {
      await this.compact(false);
      await this.#store.forget(this.#key, boundary);
    }
    this.#sizes.trimmed(boundary > 0 ? before - kept : 0);
  }

  /**
   * The version from which on half of the allowed history is kept, or what has to be kept. 0: nothing can be removed.
   */
  async #trimBoundary(keepFrom: number): Promise<{ boundary: number; kept: number }> {
    let kept = 0;
    let boundary = this.#current.v;
    for (;;) {
      const sizes = await this.#store.sizes(this.#key, boundary);
      if (sizes.length === 0) return { boundary: 0, kept };
      for (const { version, size } of sizes) {
        if (version < keepFrom && kept + size > MAX_HISTORY / 2) return { boundary, kept };
        kept += size;
        boundary = version;
      }
      await nextTurn();
    }
  }

  /** One write after the other. */
  #write<Result>(write: () => Promise<Result>): Promise<Result> {
    this.#pendingWrites += 1;
    const result = this.#lastWrite.then(write).catch((error: unknown) => {
      this.#broken = true;
      throw new DocumentStorageError(error);
    });
    const done = () => {
      this.#pendingWrites -= 1;
    };
    this.#lastWrite = result.then(done, done);
    return result;
  }
}

function snapshotOf({ v, type, data, meta }: Version): StoredSnapshot {
  return {
    version: v,
    type,
    data: type === null ? null : JSON.stringify(data),
    meta: meta === null ? null : JSON.stringify(meta),
  };
}
