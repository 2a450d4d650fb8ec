import { isOffline, pause } from '../../client/connection.ts';

/** The wait before the second attempt, and the longest one, in ms. Half of each wait is chance. */
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 10_000;

export type LinkState =
  | { state: 'connecting' }
  | { state: 'open' }
  | { state: 'reconnecting'; attempt: number; offline: boolean };

/**
 * A WebSocket that comes back by itself, in the form that a ShareDB connection takes: `onopen` and `onclose` are called
 * once for each connection that it makes and loses.
 */
export class ReconnectingSocket {
  onmessage: (event: MessageEvent) => void = () => {};
  onopen: (event: Event) => void = () => {};
  onclose: (event: CloseEvent) => void = () => {};
  onerror: (event: Event) => void = () => {};
  readonly #url: string;
  readonly #report: (state: LinkState) => void;
  readonly #ending = new AbortController();
  #socket: WebSocket;
  #attempt = 0;

  constructor(url: string, report: (state: LinkState) => void) {
    this.#url = url;
    this.#report = report;
    this.#socket = this.#connect();
    // The socket of a network that is gone may take minutes to notice.
    globalThis.addEventListener('offline', this.drop);
  }

  get readyState(): number {
    return this.#socket.readyState;
  }

  send(data: string): void {
    if (this.#socket.readyState === WebSocket.OPEN) this.#socket.send(data);
  }

  /** For good. */
  close(): void {
    globalThis.removeEventListener('offline', this.drop);
    this.#ending.abort();
    this.#socket.close();
  }

  /** Gives up this connection, which is dead, and makes another one. */
  readonly drop = (): void => {
    const dead = this.#socket;
    if (dead.readyState > WebSocket.OPEN) return;
    dead.close();
    this.#lose(dead, new CloseEvent('close'));
  };

  #connect(): WebSocket {
    this.#report({ state: 'connecting' });
    const socket = new WebSocket(this.#url);
    socket.onmessage = (event) => this.onmessage(event);
    socket.onerror = (event) => this.onerror(event);
    socket.onopen = (event) => {
      this.#attempt = 0;
      this.#report({ state: 'open' });
      this.onopen(event);
    };
    socket.onclose = (event) => this.#lose(socket, event);
    return socket;
  }

  async #lose(socket: WebSocket, event: CloseEvent): Promise<void> {
    socket.onmessage = socket.onerror = socket.onopen = socket.onclose = null;
    this.onclose(event);
    if (this.#ending.signal.aborted) return;
    this.#attempt += 1;
    this.#report({ state: 'reconnecting', attempt: this.#attempt, offline: isOffline() });
    const wait = Math.min(FIRST_WAIT_MS * 2 ** (this.#attempt - 1), LONGEST_WAIT_MS);
    await pause(wait * (0.5 + Math.random() / 2), this.#ending.signal);
    if (!this.#ending.signal.aborted) this.#socket = this.#connect();
  }
}
