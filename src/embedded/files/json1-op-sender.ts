import { NotFoundError, StorageError } from '../../errors.ts';
import { isConflict } from '../document/conflicts.ts';
import type { Json1Op } from '../document/json1.ts';
import { refresh } from '../document/shared-doc.ts';
import type { FilesDoc } from './embedded-files.ts';
import type { Json1LocalDocument } from './json1-local-document.ts';

/** Upper limit of consecutive conflicts. */
const ATTEMPTS = 20;

/**
 * Sends the ops of one edit, one at a time. In json1, removing a file while the edit writes to it is a conflict:
 * ShareDB drops our op, and all other ops of the document in flight. A dropped op is sent again, rebased on the newest
 * version.
 */
export class Json1OpSender {
  readonly #doc: FilesDoc;
  readonly #source: string;
  readonly #local: Json1LocalDocument;
  readonly #onRebased: (op: Json1Op, before: unknown) => void;
  #isRecovering = false;
  #conflicts = 0;
  #failure: { by: unknown } | null = null;
  #settled: Array<() => void> = [];

  /** `onRebased` gets the collaborators' changes that replaced a dropped op, and the local document before them. */
  constructor(
    doc: FilesDoc,
    source: string,
    local: Json1LocalDocument,
    onRebased: (op: Json1Op, before: unknown) => void,
  ) {
    this.#doc = doc;
    this.#source = source;
    this.#local = local;
    this.#onRebased = onRebased;
  }

  /**
   * Whether the document is being fetched after a conflict. Its `op` events are ignored meanwhile; the fetched version
   * is compared afterwards.
   */
  get isRecovering(): boolean {
    return this.#isRecovering;
  }

  /** Whether sending has stopped because of an error. */
  get hasFailed(): boolean {
    return this.#failure !== null;
  }

  /** Sends the waiting op, now or after the op in flight. */
  send(): void {
    if (this.#local.isInFlight) return;
    if (!this.#local.isWaiting || this.#failure) {
      for (const resolve of this.#settled.splice(0)) resolve();
      return;
    }
    this.#doc.submitOp(this.#local.takeWaiting(), { source: this.#source }, (error) => {
      if (error) void this.#recover(error);
      else this.#confirmed();
    });
  }

  /** Resolves when the server has stored all ops. Throws StorageError. */
  async stored(): Promise<void> {
    if (this.#local.isInFlight) await new Promise<void>((resolve) => this.#settled.push(resolve));
    if (this.#failure) throw new StorageError(this.#failure.by);
  }

  #confirmed(): void {
    this.#conflicts = 0;
    this.#local.clearInFlight();
    this.send();
  }

  /** The op in flight was dropped: rebases it on the newest version and sends it again. */
  async #recover(error: unknown): Promise<void> {
    this.#isRecovering = true;
    this.#conflicts += 1;
    try {
      if (!isConflict(error) || this.#conflicts > ATTEMPTS) throw error;
      await refresh(this.#doc);
      if (!this.#doc.type) throw new NotFoundError('The document');
      const before = this.#local.data;
      this.#onRebased(this.#local.rebase(this.#doc.data), before);
    } catch (failure) {
      this.#failure = { by: failure };
    }
    this.#isRecovering = false;
    this.#local.clearInFlight();
    this.send();
  }
}
