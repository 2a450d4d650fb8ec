/** Characters of ops for which no snapshot is stored yet. */
const MIN_SINCE_SNAPSHOT = 16 * 1024;

/** A document created with more characters is stored once, in its op, and not in a snapshot as well. */
export const LONG_CREATION = 256 * 1024;

/** All stored ops of a document, in characters, roughly; above it the older half is removed (LIMIT-2, MIRROR-7). */
export const MAX_HISTORY = 16 * 1024 * 1024;

/** What an op takes beside its text, roughly; characters. */
const OP_OVERHEAD = 128;

/**
 * Sizes of what is stored of one document, in characters: they decide when to store a snapshot and when to remove ops.
 */
export class DocumentSizes {
  #snapshot: number;
  #sinceSnapshot: number;
  #history: number;
  #maxHistory = MAX_HISTORY;

  /** Of the last snapshot, of the ops since, and of all stored ops. */
  constructor(snapshot: number, sinceSnapshot: number, history: number) {
    this.#snapshot = snapshot;
    this.#sinceSnapshot = sinceSnapshot;
    this.#history = history;
  }

  /** The document in memory, roughly. */
  get document(): number {
    return this.#snapshot + this.#sinceSnapshot;
  }

  /** All stored ops, roughly. */
  get history(): number {
    return this.#history;
  }

  /** The stored ops are more than should be kept. */
  get isHistoryTooLong(): boolean {
    return this.#history > this.#maxHistory;
  }

  /** Whether an op of this size should be stored together with a snapshot: the ops since the last one outweigh it. */
  needsSnapshot(opSize: number): boolean {
    return this.#sinceSnapshot + opSize > Math.max(MIN_SINCE_SNAPSHOT, this.#snapshot);
  }

  /** An op was stored without a snapshot. */
  addOp(opSize: number): void {
    this.#history += opSize + OP_OVERHEAD;
    this.#sinceSnapshot += opSize;
  }

  /** An op was stored together with a snapshot, or an op which is as good as one. */
  addOpWithSnapshot(opSize: number, snapshotSize: number): void {
    this.#history += opSize + OP_OVERHEAD;
    this.setSnapshot(snapshotSize);
  }

  /** A snapshot was stored. */
  setSnapshot(size: number): void {
    this.#sinceSnapshot = 0;
    this.#snapshot = size;
  }

  /** All ops were removed. */
  clearHistory(): void {
    this.#history = 0;
  }

  /** Ops were removed, or could not be: where many are needed it is not worth trying again after every op. */
  trimmed(removed: number): void {
    this.#history -= removed;
    this.#maxHistory = Math.max(MAX_HISTORY, this.#history + MAX_HISTORY / 4);
  }
}
