import { isText } from '../../wire/events.ts';
import type { ClientEvent } from '../events.ts';

/** Events that were delivered to callbacks and that an iteration has not taken yet. */
export class EventBacklog {
  #events: ClientEvent[] = [];
  #closed = false;

  push(event: ClientEvent): void {
    if (!this.#closed) this.#events.push(event);
  }

  shift(): ClientEvent | undefined {
    return this.#events.shift();
  }

  /** No iteration will ask any more. */
  close(): void {
    this.#closed = true;
    this.#events = [];
  }

  /**
   * Joins neighbouring text events and drops transient events that a newer one replaces: the backlog is then no longer
   * than the text itself, however long it is not read.
   */
  compact(): void {
    const last = this.#events.at(-1);
    const previous = this.#events.at(-2);
    if (!last || !previous) return;
    if (isText(last) && last.type === previous.type) {
      this.#events.splice(-2, 2, { ...last, content: previous.content + last.content });
    } else if (previous.type === 'progress' || (previous.type === 'status' && last.type === 'status')) {
      this.#events.splice(-2, 1);
      this.compact();
    }
  }
}
