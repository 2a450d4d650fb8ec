import ShareDB from 'sharedb';
import { type CacheLimits, DocumentCache } from './document-cache.ts';
import { DocumentStorageError, DocumentTooOldError, ViewerError } from './errors.ts';
import type { CommittedOp, Version } from './live-document.ts';
import { JSON0 } from './operation.ts';
import type { DocumentStore } from './store.ts';
import { deepCopyOf, unshare } from './unshare.ts';

type Callback<Result> = (error: Error | null, result?: Result) => void;

interface Snapshot {
  id: string;
  v: number;
  type: string | null;
  data: unknown;
  m: Record<string, unknown> | null;
}

/** Fields of an op that say where it goes, and are not part of it. */
type AddressedOp = CommittedOp & { c?: unknown; d?: unknown; i?: unknown; x?: unknown };

const DEFAULT_LIMITS: CacheLimits = { idleMs: 60_000, characters: 64 * 1024 * 1024 };

/**
 * ShareDB's storage adapter on a DocumentStore: any collection, any OT type. It answers no queries. One process owns the
 * database, so what is in memory is the truth, and the database is asked only for what is not.
 */
export class DocumentDatabase extends ShareDB.DB {
  readonly #store: DocumentStore;
  readonly #cache: DocumentCache;
  /** Null: everything that is handed out is a deep copy, because ShareDB changes snapshots in place. */
  #backend: ShareDB | null = null;

  constructor(store: DocumentStore, limits: Partial<CacheLimits> = {}) {
    super();
    this.#store = store;
    this.#cache = new DocumentCache(store, { ...DEFAULT_LIMITS, ...limits });
  }

  /**
   * Makes the backend copy what an op changes just before it does, so that nothing needs to be copied when it is read.
   * From then on nobody else may change what this adapter hands out.
   */
  shareWith(backend: ShareDB): void {
    this.#backend = backend;
    backend.use('apply', ({ snapshot, op }, next) => {
      if (snapshot && 'op' in op) {
        snapshot.data = snapshot.type === JSON0 ? unshare(snapshot.data, op.op) : deepCopyOf(snapshot.data);
      }
      next();
    });
  }

  /** How many documents are in memory. */
  get cached(): number {
    return this.#cache.size;
  }

  /** The document as it is now, for reading. */
  async read(collection: string, id: string): Promise<Version> {
    return (await this.#cache.get({ collection, id })).current;
  }

  /** Its ops from a version on. Throws DocumentTooOldError when the first of them are gone. */
  history(collection: string, id: string, from: number): Promise<CommittedOp[]> {
    return this.#ops(collection, id, from, null, false);
  }

  /** The oldest version from which all ops are kept. */
  async oldest(collection: string, id: string): Promise<number> {
    const oldest = await this.#store.oldest({ collection, id });
    return oldest ?? (await this.read(collection, id)).v;
  }

  /** Removes what was in the document before: nothing remains but what it says now. Viewers that are behind load it afresh. */
  async forgetHistory(collection: string, id: string): Promise<void> {
    await (await this.#cache.get({ collection, id })).compact(true);
  }

  /** Removes ops from before this moment (MIRROR-7). */
  async expire(before: Date): Promise<void> {
    for (;;) {
      const behind = await this.#store.expire(before);
      if (behind.length === 0) return;
      for (const key of behind) await (await this.#cache.get(key)).compact(false);
    }
  }

  override close(callback?: (error?: Error) => void): void {
    this.#cache[Symbol.dispose]();
    callback?.();
  }

  override commit(
    collection: string,
    id: string,
    op: AddressedOp,
    snapshot: Snapshot,
    _options: unknown,
    callback: Callback<boolean>,
  ): void {
    answer(this.#commit(collection, id, op, snapshot), callback);
  }

  override getSnapshot(
    collection: string,
    id: string,
    fields: { $submit?: true } | null,
    options: { metadata?: boolean } | null,
    callback: Callback<Snapshot>,
  ): void {
    answer(this.#snapshot(collection, id, Boolean(fields?.$submit || options?.metadata)), callback);
  }

  override getOps(
    collection: string,
    id: string,
    from: number | null,
    to: number | null,
    options: { metadata?: boolean } | null,
    callback: Callback<CommittedOp[]>,
  ): void {
    answer(this.#ops(collection, id, from ?? 0, to, Boolean(options?.metadata)), callback);
  }

  async #commit(collection: string, id: string, op: AddressedOp, snapshot: Snapshot): Promise<boolean> {
    const { c: _collection, d: _id, i: _index, x: _extra, ...committed } = op;
    const document = await this.#cache.get({ collection, id });
    return document.commit(committed, {
      v: snapshot.v,
      type: snapshot.type,
      data: this.#backend ? snapshot.data : deepCopyOf(snapshot.data),
      meta: snapshot.type === null ? null : snapshot.m,
    });
  }

  async #snapshot(collection: string, id: string, withMeta: boolean): Promise<Snapshot> {
    const { v, type, data, meta } = await this.read(collection, id);
    return {
      id,
      v,
      type,
      data: this.#backend ? data : deepCopyOf(data),
      m: withMeta && meta ? { ...meta } : null,
    };
  }

  async #ops(
    collection: string,
    id: string,
    from: number,
    to: number | null,
    withMeta: boolean,
  ): Promise<CommittedOp[]> {
    const { v } = await this.read(collection, id);
    if (from >= v || (to !== null && from >= to)) return [];
    const stored = await this.#store.ops({ collection, id }, from, to);
    if (stored[0]?.version !== from) throw new DocumentTooOldError(from);
    return stored.map(({ op: text }) => {
      const op: CommittedOp = JSON.parse(text);
      if (!withMeta) delete op.m;
      return op;
    });
  }
}

/** Calls back from a stack of its own, so that what a callback throws does not become a rejection that nobody sees. */
function answer<Result>(work: Promise<Result>, callback: Callback<Result>): void {
  work.then(
    (result) => process.nextTick(callback, null, result),
    (error: unknown) =>
      process.nextTick(callback, error instanceof ViewerError ? error : new DocumentStorageError(error)),
  );
}
