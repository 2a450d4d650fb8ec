import type { ClientEvent } from '../events.ts';
import { EventBacklog } from './event-backlog.ts';

interface Source {
  /** Reads one more event. Null: there are no more. Never rejects. */
  next(): Promise<ClientEvent | null>;
  onEvent(event: ClientEvent): void;
  /** An iteration has ended, and nothing else reads. */
  onAbandoned(): void;
}

/**
 * Decides when the events of a run are read: as an iteration pulls them, or, for callbacks and `done`, as fast as they
 * come. An iteration that begins late, or is slower than the callbacks, finds what it has missed in a backlog.
 */
export class EventPump {
  readonly #source: Source;
  readonly #backlog = new EventBacklog();
  #pulling: Promise<void> | null = null;
  #isFlowing = false;
  #isIterating = false;
  #isEnded = false;

  constructor(source: Source) {
    this.#source = source;
  }

  /** Nothing is read any more. What is in the backlog is still iterated. */
  end(): void {
    this.#isEnded = true;
  }

  /** Reads on, at the pace of the connection. */
  flow(): void {
    if (this.#isFlowing) return;
    this.#isFlowing = true;
    void this.#pump();
  }

  /** To be called once, before the events are iterated. */
  beginIteration(): void {
    this.#isIterating = true;
  }

  async *iterate(): AsyncGenerator<ClientEvent, void, undefined> {
    try {
      for (;;) {
        const event = this.#backlog.shift();
        if (event) yield event;
        else if (!this.#isEnded) await this.#pull();
        else return;
      }
    } finally {
      this.#isIterating = false;
      this.#backlog.close();
      if (this.#isFlowing) void this.#pump();
      else this.#source.onAbandoned();
    }
  }

  async #pump(): Promise<void> {
    while (!this.#isIterating && !this.#isEnded) {
      // An iteration may still begin.
      this.#backlog.compact();
      await this.#pull();
    }
  }

  /** Callers that come while one event is being read share it. */
  #pull(): Promise<void> {
    this.#pulling ??= this.#next().finally(() => {
      this.#pulling = null;
    });
    return this.#pulling;
  }

  async #next(): Promise<void> {
    const event = await this.#source.next();
    if (!event) return;
    this.#backlog.push(event);
    this.#source.onEvent(event);
  }
}
