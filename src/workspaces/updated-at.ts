import type { WorkspaceStore } from './store.ts';

/** How long changes of collaborators are coalesced before they are written; ms. */
const COALESCE_MS = 5_000;

/** Writes `updatedAt` of changed workspaces, coalesced, so that the list stays in order without a write per op. */
export class UpdatedAtWriter implements AsyncDisposable {
  readonly #changed = new Map<string, { name: string; at: Date }>();
  #timer: NodeJS.Timeout | undefined;

  /** `onFailure` is called with the error of a failed write; the next change of the workspace writes a newer value. */
  constructor(
    private readonly store: Pick<WorkspaceStore, 'touch'>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  changed(id: string, name: string): void {
    this.#changed.set(id, { name, at: new Date() });
    this.#timer ??= setTimeout(() => void this.flush(), COALESCE_MS).unref();
  }

  /** Discards the pending write of a deleted workspace. */
  forget(id: string): void {
    this.#changed.delete(id);
  }

  /** Writes what is pending. Never rejects. */
  async flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const changed = [...this.#changed];
    this.#changed.clear();
    const writes = changed.map(([id, { name, at }]) => this.store.touch(id, name, at));
    for (const write of await Promise.allSettled(writes)) {
      if (write.status === 'rejected') this.onFailure(write.reason);
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.flush();
  }
}
