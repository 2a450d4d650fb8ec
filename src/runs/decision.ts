import { deferred } from './deferred.ts';
import type { Outcome } from './outcome.ts';

/** How a generation ended. The first outcome is kept, later ones are ignored (RUN-5). */
export class Decision {
  readonly #controller = new AbortController();
  readonly #made = deferred<Outcome>();
  #outcome: Outcome | null = null;

  /** Null while the generation is under way. */
  get outcome(): Outcome | null {
    return this.#outcome;
  }

  /** Resolves when the outcome is decided. */
  get made(): Promise<Outcome> {
    return this.#made.promise;
  }

  /** Aborts when the producer must close its request to the provider. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** Ignored when the outcome is decided already. */
  make(outcome: Outcome): void {
    if (this.#outcome) return;
    this.#outcome = outcome;
    this.#made.resolve(outcome);
  }

  abort(): void {
    this.#controller.abort();
  }
}
