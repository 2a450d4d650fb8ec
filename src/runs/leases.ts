import type { StopCause } from '../wire/events.ts';
import { deferred } from './deferred.ts';

/** What happens to a second request while a chat has a live run (CHAT-7). */
export type Concurrency = 'reject' | 'interrupt';

/** The right of one run to be the only one of a key (a chat, a workspace). */
export class Lease {
  readonly #begun = deferred<void>();
  readonly #released = deferred<void>();
  #preempted: StopCause | null = null;
  #stop: ((cause: StopCause) => void) | null = null;

  constructor(
    readonly key: string,
    readonly runId: string,
    private readonly onRelease: (lease: Lease) => void,
  ) {}

  /** Resolves when it is stored what the lease is for, or when the lease is released. */
  get begun(): Promise<void> {
    return this.#begun.promise;
  }

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

  /** What the lease is for is stored: who asks for the same now can be told whose it is. */
  begin(): void {
    this.#begun.resolve();
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
    this.#begun.resolve();
    this.#released.resolve();
  }
}

export interface Claim {
  /** The cause with which the holder is stopped; null: the error of `busy` is thrown instead. */
  readonly interrupt: StopCause | null;
  /** Throws when the key is somebody else's. */
  admit(): Promise<unknown>;
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

  /**
   * Takes the lease, also from a run that holds it. `admit` throws where the claimant must not have it. It is asked
   * when the holder has stored what it does, so that of two owners who create the same thing one creates it, and the
   * other has no effect on it and learns nothing (AUTH-6).
   */
  async claim(key: string, runId: string, { interrupt, admit }: Claim): Promise<Lease> {
    for (let holder = this.of(key); holder; holder = this.of(key)) {
      await holder.begun;
      await admit();
      if (this.of(key) !== holder) continue;
      if (interrupt === null) throw this.busy(key, holder.runId);
      await holder.preempt(interrupt);
    }
    return this.take(key, runId);
  }

  /** Preempts the holder of the lease, if there is one, and waits for its release. */
  async takeOver(key: string, runId: string, cause: StopCause): Promise<Lease> {
    for (let holder = this.of(key); holder; holder = this.of(key)) await holder.preempt(cause);
    return this.take(key, runId);
  }
}
