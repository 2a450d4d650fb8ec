import { WorkspaceBusyError } from '../errors.ts';
import { deferred } from '../runs/deferred.ts';

/** Somebody edits a workspace, undoes an edit, or deletes it. */
export interface Claim {
  readonly runId: string;
  /** The workspace is about to be deleted: whoever has not begun yet need not. */
  unwanted: boolean;
  readonly released: Promise<void>;
  release(): void;
}

/** One of them at a time, each workspace. In memory, because one server owns the database (RUN-6). */
export class Claims {
  readonly #claims = new Map<string, Claim>();

  of(workspaceId: string): Claim | undefined {
    return this.#claims.get(workspaceId);
  }

  /** Throws WorkspaceBusyError. */
  take(workspaceId: string, runId: string): Claim {
    const other = this.#claims.get(workspaceId);
    if (other) throw new WorkspaceBusyError(workspaceId, other.runId);
    const { promise, resolve } = deferred<void>();
    const claim: Claim = {
      runId,
      unwanted: false,
      released: promise,
      release: () => {
        if (this.#claims.get(workspaceId) === claim) this.#claims.delete(workspaceId);
        resolve();
      },
    };
    this.#claims.set(workspaceId, claim);
    return claim;
  }
}
