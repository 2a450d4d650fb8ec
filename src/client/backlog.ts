import type { ClientEvent, ContentEvent, ReasoningEvent } from './events.ts';

/** Events that were delivered to callbacks and wait for an iteration. */
export class Backlog {
  #events: ClientEvent[] = [];
  #closed = false;

  push(event: ClientEvent): void {
    if (!this.#closed) this.#events.push(event);
  }

  shift(): ClientEvent | undefined {
    return this.#events.shift();
  }

  /** Nobody will ask any more. */
  close(): void {
    this.#closed = true;
    this.#events = [];
  }

  /**
   * Puts neighbouring pieces of text together and forgets remarks that a newer one replaces: what waits is then no
   * longer than the text itself, however long nobody comes for it.
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

function isText(event: ClientEvent): event is ContentEvent | ReasoningEvent {
  return event.type === 'content' || event.type === 'reasoning';
}
