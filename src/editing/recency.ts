import type { WorkspaceStore } from './store.ts';

/** How long changes of people are gathered before lists hear of them; ms. */
const GATHER_MS = 5_000;

/** Keeps the list of workspaces in order while people type, without a write for each of their ops. */
export class Recency implements AsyncDisposable {
  readonly #changed = new Map<string, { name: string; at: Date }>();
  #timer: NodeJS.Timeout | undefined;

  /** `onFailure` hears of writes that failed; the next change makes up for them. */
  constructor(
    private readonly store: Pick<WorkspaceStore, 'touch'>,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  changed(id: string, name: string): void {
    this.#changed.set(id, { name, at: new Date() });
    this.#timer ??= setTimeout(() => void this.flush(), GATHER_MS).unref();
  }

  /** It is gone: nothing is to be said of it any more. */
  forget(id: string): void {
    this.#changed.delete(id);
  }

  /** Stores what was gathered. Never rejects. */
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
