import { setImmediate as nextTurn } from 'node:timers/promises';
import ShareDB from 'sharedb';
import { DocumentStorageError, DocumentTooOldError, ViewerError } from '../errors.ts';
import { JSON0 } from '../json0.ts';
import { deepCopyOf, unshare } from './copy-on-write.ts';
import { type CacheLimits, DocumentCache } from './document-cache.ts';
import { MAX_HISTORY } from './document-sizes.ts';
import type { DocumentStore } from './document-store.ts';
import type { LiveDocument } from './live-document.ts';
import type { CommittedOp, Version } from './replay.ts';

type Callback<Result> = (error: Error | null, result?: Result) => void;

interface Snapshot {
  id: string;
  v: number;
  type: string | null;
  data: unknown;
  m: Record<string, unknown> | null;
}

/** An op with the fields that say which document it is for; these are not stored. */
type AddressedOp = CommittedOp & { c?: unknown; d?: unknown; i?: unknown; x?: unknown };

/** The longest history that is kept of a document while somebody needs its beginning; characters. */
const MAX_NEEDED_HISTORY = 4 * MAX_HISTORY;

const DEFAULT_LIMITS: CacheLimits = { idleMs: 60_000, characters: 64 * 1024 * 1024 };

/**
 * ShareDB's storage adapter over a DocumentStore: any collection, any OT type, no queries. One process owns the
 * database, so a document in memory is current, and the database is read only for those that are not in memory.
 */
export class DocumentDatabase extends ShareDB.DB {
  readonly #store: DocumentStore;
  readonly #cache: DocumentCache;
  /** ShareDB changes snapshots in place. Before `copyOnWrite`, everything that is handed out is a deep copy. */
  #copiesOnWrite = false;
  /** From which version on somebody needs all ops of a document, by its name. */
  readonly #keptFrom = new Map<string, number>();
  /** Documents whose history is being trimmed. */
  readonly #trimming = new Map<LiveDocument, Promise<void>>();

  constructor(store: DocumentStore, limits: Partial<CacheLimits> = {}) {
    super();
    this.#store = store;
    this.#cache = new DocumentCache(store, { ...DEFAULT_LIMITS, ...limits });
  }

  /**
   * Makes the backend copy what an op changes just before it applies it, so that nothing has to be copied for readers.
   * From then on nobody else may change what this adapter hands out.
   */
  copyOnWrite(backend: ShareDB): void {
    this.#copiesOnWrite = true;
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

  /** The current version, for reading. */
  async read(collection: string, id: string): Promise<Version> {
    return (await this.#cache.get({ collection, id })).current;
  }

  /**
   * Throws DocumentTooOldError for a version, seen before this process started, that the document had not reached by
   * then: it is of a database that was replaced by an older backup, or that lost its last moments in a crash.
   */
  async checkSeen(collection: string, id: string, version: number): Promise<void> {
    await this.read(collection, id);
    const first = this.#cache.firstVersion({ collection, id });
    if (first !== undefined && version > first) throw new DocumentTooOldError(version);
  }

  /**
   * For those who may see what a document contains, but not what it contained before a moment. Throws
   * DocumentTooOldError for a version that is older; `since` null: than the current one. `version` null: none is known
   * yet.
   */
  async requireSince(
    collection: string,
    id: string,
    version: number | null,
    since: Date | null,
  ): Promise<void> {
    if (version === null || version === (await this.read(collection, id)).v) return;
    const [next] = since ? await this.slice(collection, id, version, version + 1) : [];
    if (!since || !(Number(next?.m?.ts) > since.getTime())) throw new DocumentTooOldError(version);
  }

  /** How many characters a document has, roughly. */
  async sizeOf(collection: string, id: string): Promise<number> {
    return (await this.#cache.get({ collection, id })).size;
  }

  /**
   * All ops from a version on. Throws DocumentTooOldError when the first of them are removed, or there is no such
   * version.
   */
  history(collection: string, id: string, from: number): Promise<CommittedOp[]> {
    return this.#ops(collection, id, from, null);
  }

  /**
   * The first of these ops: as many as can be read in a few milliseconds, at least one if there is one. Throws the
   * same.
   */
  async slice(
    collection: string,
    id: string,
    from: number,
    to: number | null = null,
  ): Promise<CommittedOp[]> {
    const { v } = await this.read(collection, id);
    if (from > v) throw new DocumentTooOldError(from);
    if (from === v || (to !== null && from >= to)) return [];
    const stored = await this.#store.ops({ collection, id }, from, to);
    if (stored[0]?.version !== from) throw new DocumentTooOldError(from);
    return stored.map(({ op }) => JSON.parse(op));
  }

  /** Keeps all ops from a version on, up to a limit, until the returned release function is called. */
  keepFrom(collection: string, id: string, version: number): () => void {
    const name = nameOf(collection, id);
    this.#keptFrom.set(name, version);
    return () => this.#keptFrom.delete(name);
  }

  /** The oldest version from which on all ops are stored. */
  async oldest(collection: string, id: string): Promise<number> {
    const oldest = await this.#store.oldest({ collection, id });
    return oldest ?? (await this.read(collection, id)).v;
  }

  /** Removes all ops: only the current version remains. Viewers that are behind have to load the document afresh. */
  async forgetHistory(collection: string, id: string): Promise<void> {
    await (await this.#cache.get({ collection, id })).compact(true);
  }

  /** Removes ops from before this moment (MIRROR-7), until none is left or the signal is aborted. */
  async expire(before: Date, signal?: AbortSignal): Promise<void> {
    while (!signal?.aborted) {
      const needingSnapshot = await this.#store.expire(before, signal);
      if (needingSnapshot.length === 0) return;
      for (const key of needingSnapshot) {
        if (signal?.aborted) return;
        await (await this.#cache.get(key)).compact(false);
      }
    }
  }

  /** Resolves when no history is being trimmed any more. */
  async settled(): Promise<void> {
    while (this.#trimming.size > 0) await Promise.all(this.#trimming.values());
  }

  override close(callback?: (error?: Error) => void): void {
    this.#cache[Symbol.dispose]();
    void this.settled().then(() => callback?.());
  }

  override commit(
    collection: string,
    id: string,
    op: AddressedOp,
    snapshot: Snapshot,
    _options: unknown,
    callback: Callback<boolean>,
  ): void {
    callBack(this.#commit(collection, id, op, snapshot), callback);
  }

  override getSnapshot(
    collection: string,
    id: string,
    fields: { $submit?: true } | null,
    options: { metadata?: boolean } | null,
    callback: Callback<Snapshot>,
  ): void {
    callBack(this.#snapshot(collection, id, Boolean(fields?.$submit || options?.metadata)), callback);
  }

  override getOps(
    collection: string,
    id: string,
    from: number | null,
    to: number | null,
    options: { metadata?: boolean } | null,
    callback: Callback<CommittedOp[]>,
  ): void {
    const ops = this.#ops(collection, id, from ?? 0, to);
    callBack(options?.metadata ? ops : ops.then(withoutMetadata), callback);
  }

  async #commit(collection: string, id: string, op: AddressedOp, snapshot: Snapshot): Promise<boolean> {
    const { c: _collection, d: _id, i: _index, x: _extra, ...committed } = op;
    const document = await this.#cache.get({ collection, id });
    const isStored = await document.commit(committed, {
      v: snapshot.v,
      type: snapshot.type,
      data: this.#copiesOnWrite ? snapshot.data : deepCopyOf(snapshot.data),
      meta: snapshot.type === null ? null : snapshot.m,
    });
    if (document.isHistoryTooLong && !this.#trimming.has(document)) {
      this.#trim(nameOf(collection, id), document);
    }
    return isStored;
  }

  #trim(name: string, document: LiveDocument): void {
    const needed = this.#keptFrom.get(name) ?? Number.POSITIVE_INFINITY;
    const keepFrom = document.historySize > MAX_NEEDED_HISTORY ? Number.POSITIVE_INFINITY : needed;
    // After a failure the next op tries again; until then more is stored than is wanted, not less.
    const trimming = document.trim(keepFrom).catch(() => {});
    this.#trimming.set(
      document,
      trimming.then(() => void this.#trimming.delete(document)),
    );
  }

  async #snapshot(collection: string, id: string, withMetadata: boolean): Promise<Snapshot> {
    const { v, type, data, meta } = await this.read(collection, id);
    return {
      id,
      v,
      type,
      data: this.#copiesOnWrite ? data : deepCopyOf(data),
      m: withMetadata && meta ? { ...meta } : null,
    };
  }

  async #ops(collection: string, id: string, from: number, to: number | null): Promise<CommittedOp[]> {
    const ops: CommittedOp[] = [];
    for (;;) {
      const slice = await this.slice(collection, id, from + ops.length, to);
      for (const op of slice) ops.push(op);
      if (slice.length === 0 || (to !== null && from + ops.length >= to)) return ops;
      await nextTurn();
    }
  }
}

function nameOf(collection: string, id: string): string {
  return `${collection}/${id}`;
}

/** Changes the ops: they were parsed for this reader. */
function withoutMetadata(ops: CommittedOp[]): CommittedOp[] {
  for (const op of ops) delete op.m;
  return ops;
}

/** Calls back from a stack of its own: what a callback throws must not become an unhandled rejection. */
function callBack<Result>(work: Promise<Result>, callback: Callback<Result>): void {
  work.then(
    (result) => process.nextTick(callback, null, result),
    (error: unknown) =>
      process.nextTick(callback, error instanceof ViewerError ? error : new DocumentStorageError(error)),
  );
}
