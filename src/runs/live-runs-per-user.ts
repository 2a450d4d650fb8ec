import { TooManyRunsError } from '../errors.ts';

/** Counts the live runs of each user (LIMIT-1). */
export class LiveRunsPerUser {
  readonly #counts = new Map<string, number>();

  constructor(private readonly limit: number) {}

  /**
   * Counts one more. `isOneMore`: false for a run that takes the place of another one. Returns a function to call once,
   * when it has ended. Throws TooManyRunsError when the user has as many live runs as one may have.
   */
  add(ownerId: string, isOneMore: boolean): () => void {
    const count = this.#counts.get(ownerId) ?? 0;
    if (isOneMore && count >= this.limit) throw new TooManyRunsError(this.limit);
    this.#counts.set(ownerId, count + 1);
    return () => this.#remove(ownerId);
  }

  #remove(ownerId: string): void {
    const left = (this.#counts.get(ownerId) ?? 0) - 1;
    if (left > 0) this.#counts.set(ownerId, left);
    else this.#counts.delete(ownerId);
  }
}
