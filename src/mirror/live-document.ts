import ShareDB from 'sharedb';
import { DocumentStorageError } from './errors.ts';
import type { DocumentKey, DocumentStore, StoredOp, StoredSnapshot } from './store.ts';

/** A version of a document. `data` is shared by all who read it: nobody may change it. */
export interface Version {
  readonly v: number;
  /** Null when the document does not exist. */
  readonly type: string | null;
  readonly data: unknown;
  readonly meta: Readonly<Record<string, unknown>> | null;
}

/** As ShareDB commits it. */
export interface CommittedOp {
  v: number;
  src?: string;
  seq?: number;
  op?: unknown;
  create?: { type: string; data: unknown };
  del?: true;
  m?: Record<string, unknown>;
}

/** Characters of ops that a snapshot is never worth being stored for. */
const LEAST_BEHIND = 16 * 1024;

/**
 * A document in memory. Each op is stored at once; a snapshot only when the ops since the last one outweigh it, so that
 * what an op costs does not depend on how long the document is, and loading never reads more than twice what is there.
 */
export class LiveDocument {
  readonly #store: DocumentStore;
  readonly #key: DocumentKey;
  #current: Version;
  /** Characters of ops since the last stored snapshot, and of that snapshot. */
  #behind: number;
  #snapshotSize: number;
  #tail: Promise<unknown> = Promise.resolve();
  #writing = 0;
  #broken = false;

  private constructor(
    store: DocumentStore,
    key: DocumentKey,
    current: Version,
    behind: number,
    snapshotSize: number,
  ) {
    this.#store = store;
    this.#key = key;
    this.#current = current;
    this.#behind = behind;
    this.#snapshotSize = snapshotSize;
  }

  static async load(store: DocumentStore, key: DocumentKey): Promise<LiveDocument> {
    const { snapshot, ops } = await store.load(key);
    const behind = ops.reduce((sum, { op }) => sum + op.length, 0);
    return new LiveDocument(store, key, replay(snapshot, ops), behind, snapshot?.data?.length ?? 0);
  }

  get current(): Version {
    return this.#current;
  }

  /** Characters, roughly, that it holds in memory. */
  get size(): number {
    return this.#snapshotSize + this.#behind;
  }

  /** A write is on its way; who loaded the document now would get the version before it. */
  get busy(): boolean {
    return this.#writing > 0;
  }

  /** A write failed and may have been stored or not: only the database knows. Load it anew. */
  get broken(): boolean {
    return this.#broken;
  }

  /** Stores an op that leads to `next`. Answers false when another op was first. */
  commit(op: CommittedOp, next: Version): Promise<boolean> {
    return this.#inTurn(async () => {
      if (this.#broken || next.v !== this.#current.v + 1) return false;
      const stored = { version: this.#current.v, op: JSON.stringify(op), meta: JSON.stringify(next.meta) };
      const behind = this.#behind + stored.op.length;
      const due = behind > Math.max(LEAST_BEHIND, this.#snapshotSize);
      const snapshot = due ? snapshotOf(next) : null;
      await this.#store.append(this.#key, stored, new Date(), snapshot);
      this.#current = next;
      this.#behind = snapshot ? 0 : behind;
      if (snapshot) this.#snapshotSize = snapshot.data?.length ?? 0;
      return true;
    });
  }

  /** Stores a snapshot, so that older ops are not needed any more; `forget` removes them here and now. */
  compact(forget: boolean): Promise<void> {
    return this.#inTurn(async () => {
      const snapshot = snapshotOf(this.#current);
      await this.#store.compact(this.#key, snapshot, forget);
      this.#behind = 0;
      this.#snapshotSize = snapshot.data?.length ?? 0;
    });
  }

  #inTurn<Result>(write: () => Promise<Result>): Promise<Result> {
    this.#writing += 1;
    const turn = this.#tail.then(write).catch((error: unknown) => {
      this.#broken = true;
      throw new DocumentStorageError(error);
    });
    this.#tail = turn.then(
      () => this.#written(),
      () => this.#written(),
    );
    return turn;
  }

  #written(): void {
    this.#writing -= 1;
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

function replay(snapshot: StoredSnapshot | null, ops: readonly StoredOp[]): Version {
  let v = snapshot?.version ?? 0;
  let type = snapshot?.type ?? null;
  let data: unknown = typeof snapshot?.data === 'string' ? JSON.parse(snapshot.data) : undefined;
  let meta = snapshot?.meta ?? null;
  for (const stored of ops) {
    const op: CommittedOp = JSON.parse(stored.op);
    if (op.create) {
      const made = typeOf(op.create.type);
      type = made.uri ?? op.create.type;
      data = made.create(op.create.data);
    } else if (op.del) {
      type = null;
      data = undefined;
    } else if (op.op !== undefined && type !== null) {
      data = typeOf(type).apply(data, op.op);
    }
    v = stored.version + 1;
    meta = stored.meta;
  }
  return { v, type, data, meta: type === null || meta === null ? null : JSON.parse(meta) };
}

function typeOf(name: string) {
  const type = ShareDB.types.map[name];
  if (!type) throw new Error(`The OT type ${name} is not registered.`);
  return type;
}
