import type { StopCause } from '../wire/events.ts';
import { deferred } from './deferred.ts';

/** What happens to a second request while a chat has a live run (CHAT-7). */
export type Concurrency = 'reject' | 'interrupt';

/** The right of one run to be the only one of a key (a chat, a workspace). */
export class Lease {
  readonly #released = deferred<void>();
  #preempted: StopCause | null = null;
  #stop: ((cause: StopCause) => void) | null = null;

  constructor(
    readonly key: string,
    readonly runId: string,
    private readonly onRelease: (lease: Lease) => void,
  ) {}

  /** Resolves when the lease is released. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  /** The cause with which the lease was preempted; null: it was not. */
  get preempted(): StopCause | null {
    return this.#preempted;
  }

  /** `stop` is called when the lease is preempted, or at once if it is already. */
  onPreempt(stop: (cause: StopCause) => void): void {
    this.#stop = stop;
    if (this.#preempted) stop(this.#preempted);
  }

  /** Tells the holder to stop. Resolves when the lease is released. Only the first cause counts. */
  preempt(cause: StopCause): Promise<void> {
    if (!this.#preempted) {
      this.#preempted = cause;
      this.#stop?.(cause);
    }
    return this.released;
  }

  /** Idempotent. */
  release(): void {
    this.onRelease(this);
    this.#released.resolve();
  }
}

/** At most one lease per key at a time. In memory, because only one server uses a database (RUN-6). */
export class Leases {
  readonly #leases = new Map<string, Lease>();

  /** `busy` creates the error for a key that is taken, with the id of the run that holds it. */
  constructor(private readonly busy: (key: string, runId: string) => Error) {}

  of(key: string): Lease | undefined {
    return this.#leases.get(key);
  }

  get size(): number {
    return this.#leases.size;
  }

  /** Resolves when all leases that are held now are released. */
  async allReleased(): Promise<void> {
    await Promise.all(Array.from(this.#leases.values(), ({ released }) => released));
  }

  /** Throws the error of `busy` when the key is taken. */
  take(key: string, runId: string): Lease {
    const holder = this.#leases.get(key);
    if (holder) throw this.busy(key, holder.runId);
    const lease = new Lease(key, runId, (released) => {
      if (this.#leases.get(key) === released) this.#leases.delete(key);
    });
    this.#leases.set(key, lease);
    return lease;
  }

  /** Preempts the holder of the lease, if there is one, and waits for its release. */
  async takeOver(key: string, runId: string, cause: StopCause): Promise<Lease> {
    for (let holder = this.of(key); holder; holder = this.of(key)) await holder.preempt(cause);
    return this.take(key, runId);
  }
}
