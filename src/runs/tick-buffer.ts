import { TextGate } from './text.ts';
import { atEndOfTick } from './tick.ts';

export type TextKind = 'content' | 'reasoning';

/**
 * Merges chunks of one kind that arrive in the same turn of the event loop into one text (SSE-4), and makes it storable
 * (SSE-2).
 */
export class TickBuffer {
  readonly #gate = new TextGate();
  #kind: TextKind = 'content';
  #pending = '';
  #isScheduled = false;

  /** `write` receives each text, never an empty one. */
  constructor(private readonly write: (kind: TextKind, text: string) => void) {}

  add(kind: TextKind, text: string): void {
    if (kind !== this.#kind) {
      this.flush(true);
      this.#kind = kind;
    }
    this.#pending += text;
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    atEndOfTick(this.#flushAtEndOfTick);
  }

  /** `final`: no more text of this kind follows, so that half a character cannot wait for its other half. */
  flush(final: boolean): void {
    let text = this.#gate.push(this.#pending);
    if (final) text += this.#gate.end();
    this.#pending = '';
    if (text !== '') this.write(this.#kind, text);
  }

  readonly #flushAtEndOfTick = (): void => {
    this.#isScheduled = false;
    this.flush(false);
  };
}
