import { isOffline } from '../backoff.ts';
import { ChatClientError } from '../errors.ts';
import { isFinal } from './is-final.ts';
import type { LiveState } from './live-socket.ts';
import { ReconnectPauses } from './reconnect-pauses.ts';

export interface LiveEventsOptions {
  /** Gets each event, and that of each of `types`. */
  onEvent(event: MessageEvent<string>): void;
  /** Types of events beside `message`, such as `error` and `reasoning`. */
  types?: readonly string[] | undefined;
  /** `ended`: the server has nothing more to send, or refuses the request; `EventSource` does not say which. */
  onState?: ((state: LiveState | { state: 'ended' }) => void) | undefined;
  /** Default: the global one, which Node does not have. */
  eventSource?: (new (url: string) => EventSource) | undefined;
}

/** An `EventSource` whose every connection has an address of its own, because a ticket can be used once. */
export class LiveEvents {
  readonly #address: (after: string | undefined) => Promise<string>;
  readonly #options: LiveEventsOptions;
  readonly #pauses = new ReconnectPauses();
  #source: EventSource | null = null;
  #lastEventId: string | undefined;

  /** `address`: of the next connection, after an event that has arrived; undefined: none has. */
  constructor(address: (after: string | undefined) => Promise<string>, options: LiveEventsOptions) {
    this.#address = address;
    this.#options = options;
    void this.#connect();
  }

  /** Of the newest event; '' before the first. */
  get lastEventId(): string {
    return this.#lastEventId ?? '';
  }

  /** Reads no more. Call it at the last event: a stream that ends is otherwise a connection that was lost. */
  readonly close = (): void => {
    this.#pauses.end();
    this.#source?.close();
  };

  async #connect(): Promise<void> {
    this.#report({ state: 'connecting' });
    try {
      const url = await this.#address(this.#lastEventId);
      if (!this.#pauses.isEnded) this.#open(url);
    } catch (cause) {
      const error = ChatClientError.from(cause);
      if (!isFinal(error)) await this.#retry();
      else if (!this.#pauses.isEnded) this.#report({ state: 'refused', error });
    }
  }

  #open(url: string): void {
    const { eventSource: Source = EventSource, types = [] } = this.#options;
    const source = new Source(url);
    this.#source = source;
    source.onopen = () => {
      this.#pauses.reset();
      this.#report({ state: 'open' });
    };
    for (const type of new Set(['message', ...types])) {
      source.addEventListener(type, (event) => this.#receive(event));
    }
    source.addEventListener('error', (event) => {
      // One that the server has sent has data.
      if (!('data' in event && event.data)) void this.#lose(source);
    });
  }

  #receive(event: MessageEvent<string>): void {
    if (this.#pauses.isEnded || !event.data) return;
    if (event.lastEventId) this.#lastEventId = event.lastEventId;
    this.#options.onEvent(event);
  }

  async #lose(source: EventSource): Promise<void> {
    if (source !== this.#source || this.#pauses.isEnded) return;
    this.#source = null;
    // It does not reconnect after a status other than 200, and would after a lost connection, with the used ticket.
    const isEnded = source.readyState === 2;
    source.close();
    if (isEnded) {
      this.#pauses.end();
      this.#report({ state: 'ended' });
    } else await this.#retry();
  }

  async #retry(): Promise<void> {
    if (this.#pauses.isEnded) return;
    this.#pauses.count();
    this.#report({ state: 'reconnecting', attempt: this.#pauses.attempt, offline: isOffline() });
    await this.#pauses.wait();
    if (!this.#pauses.isEnded) await this.#connect();
  }

  #report(state: LiveState | { state: 'ended' }): void {
    this.#options.onState?.(state);
  }
}
