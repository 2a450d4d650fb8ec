import { ChatBusyError } from '../errors.ts';
import { deferred } from './deferred.ts';
import type { StopCause } from './events.ts';
import type { Run } from './run.ts';

/** What happens to a second request while a chat is answering (CHAT-7). */
export type Concurrency = 'reject' | 'interrupt';

/** The right to be the only run of a chat; held from before the first query until the terminal is stored. */
export class Slot {
  readonly #released = deferred<void>();
  #run: Run | null = null;
  #stop: StopCause | null = null;

  constructor(
    readonly chatId: string,
    readonly runId: string,
    private readonly onRelease: () => void,
  ) {}

  /** Resolves when the next one may have it. */
  get released(): Promise<void> {
    return this.#released.promise;
  }

  get run(): Run | null {
    return this.#run;
  }

  /** The run has begun; if somebody wanted the slot meanwhile, it ends at once, and properly. */
  occupy(run: Run): void {
    this.#run = run;
    if (this.#stop) run.stop(this.#stop);
  }

  /** Stops the run, or the one that is about to begin; resolves when the slot is free. */
  vacate(cause: StopCause): Promise<void> {
    this.#stop ??= cause;
    this.#run?.stop(cause);
    return this.#released.promise;
  }

  release(): void {
    this.onRelease();
    this.#released.resolve();
  }
}

/** At most one run per chat at a time. In memory, because one server owns the database (RUN-6). */
export class Slots {
  readonly #slots = new Map<string, Slot>();

  of(chatId: string): Slot | undefined {
    return this.#slots.get(chatId);
  }

  /** Resolves when all that are taken now are free again. */
  async allReleased(): Promise<void> {
    await Promise.all(Array.from(this.#slots.values(), ({ released }) => released));
  }

  /** Throws ChatBusyError when the chat is answering; or, with a cause, ends that run with it and waits its turn. */
  async reserve(chatId: string, runId: string, interrupt: StopCause | null): Promise<Slot> {
    for (let occupant = this.#slots.get(chatId); occupant; occupant = this.#slots.get(chatId)) {
      if (!interrupt) throw new ChatBusyError(chatId, occupant.runId);
      await occupant.vacate(interrupt);
    }
    const slot = new Slot(chatId, runId, () => this.#slots.delete(chatId));
    this.#slots.set(chatId, slot);
    return slot;
  }
}
