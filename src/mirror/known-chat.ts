import type { ChatState, Turn } from '../chat/store.ts';
import type { RunResult } from '../runs/store.ts';
import { afterResult, afterTurn } from './chat-state.ts';

/** The state of one chat in the database, as far as it is known without reading it. */
export class KnownChat {
  readonly #maxMessages: number;
  #state: ChatState | null = null;
  #changes = 0;

  constructor(maxMessages: number) {
    this.#maxMessages = maxMessages;
  }

  /** Null: the database must be read. */
  get state(): ChatState | null {
    return this.#state;
  }

  /** Number of changes so far: a read that began before the last one is out of date. */
  get changes(): number {
    return this.#changes;
  }

  turnStored(turn: Turn): void {
    this.#changes += 1;
    this.#state = afterTurn(this.#state, turn, this.#maxMessages);
  }

  resultStored(result: RunResult): void {
    this.#changes += 1;
    this.#state = afterResult(this.#state, result);
  }

  /** The chat was changed in a way from which its state cannot be computed. */
  changed(): void {
    this.#changes += 1;
    this.#state = null;
  }

  /** Sets the state that was read from the database. */
  set(state: ChatState | null): void {
    this.#state = state;
  }

  forget(): void {
    this.#state = null;
  }
}
