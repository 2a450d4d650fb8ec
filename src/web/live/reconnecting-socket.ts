import { isOffline } from '../../client/backoff.ts';
import { ReconnectPauses } from './reconnect-pauses.ts';
import type { TicketFor } from './share-ticket.ts';

export type LinkState =
  | { state: 'connecting' }
  | { state: 'open' }
  | { state: 'reconnecting'; attempt: number; offline: boolean }
  /** The server does not let us in, and it is of no use to try again. */
  | { state: 'refused' };

interface Target {
  url: string;
  /** Null where nothing has to be presented. */
  ticketFor: TicketFor | null;
}

/**
 * A WebSocket that reconnects by itself, with the interface that a ShareDB connection takes: `onopen` and `onclose` are
 * called once for each connection that is made and lost.
 */
export class ReconnectingSocket {
  onmessage: (event: MessageEvent) => void = () => {};
  onopen: (event: Event) => void = () => {};
  onclose: (event: CloseEvent) => void = () => {};
  onerror: (event: Event) => void = () => {};
  readonly #target: Target;
  readonly #report: (state: LinkState) => void;
  readonly #pauses = new ReconnectPauses();
  /** Null while a ticket is fetched. */
  #socket: WebSocket | null = null;

  constructor(target: Target, report: (state: LinkState) => void) {
    this.#target = target;
    this.#report = report;
    void this.#connect();
    // Without this, a socket may take minutes to notice that its network is gone.
    globalThis.addEventListener('offline', this.drop);
    // Browsers throttle the timers of hidden tabs: a tab that is shown again retries at once.
    document.addEventListener('visibilitychange', this.wake);
  }

  get readyState(): number {
    return this.#socket?.readyState ?? WebSocket.CONNECTING;
  }

  send(data: string): void {
    if (this.#socket?.readyState === WebSocket.OPEN) this.#socket.send(data);
  }

  /** Closes it and does not reconnect. */
  close(): void {
    globalThis.removeEventListener('offline', this.drop);
    document.removeEventListener('visibilitychange', this.wake);
    this.#pauses.end();
    this.#socket?.close();
  }

  /** Drops the current connection, which is dead, and makes another one. */
  readonly drop = (): void => {
    const dead = this.#socket;
    if (!dead || dead.readyState > WebSocket.OPEN) return;
    dead.close();
    void this.#lose(dead, new CloseEvent('close'));
  };

  /** Ends the pause before the next attempt. */
  readonly wake = (): void => this.#pauses.skip();

  async #connect(): Promise<void> {
    this.#report({ state: 'connecting' });
    const { url, ticketFor } = this.#target;
    if (ticketFor === null) {
      this.#open(url);
      return;
    }
    this.#socket = null;
    const ticket = await ticketFor();
    if (this.#pauses.isEnded) return;
    if (ticket.state === 'given') this.#open(`${url}?ticket=${ticket.text}`);
    else if (ticket.state === 'refused') this.#report({ state: 'refused' });
    else await this.#retry();
  }

  #open(url: string): void {
    const socket = new WebSocket(url);
    this.#socket = socket;
    socket.onmessage = (event) => this.onmessage(event);
    socket.onerror = (event) => this.onerror(event);
    socket.onopen = (event) => {
      this.#pauses.reset();
      this.#report({ state: 'open' });
      this.onopen(event);
    };
    socket.onclose = (event) => void this.#lose(socket, event);
  }

  async #lose(socket: WebSocket, event: CloseEvent): Promise<void> {
    socket.onmessage = socket.onerror = socket.onopen = socket.onclose = null;
    this.onclose(event);
    await this.#retry();
  }

  async #retry(): Promise<void> {
    if (this.#pauses.isEnded) return;
    this.#pauses.count();
    this.#report({ state: 'reconnecting', attempt: this.#pauses.attempt, offline: isOffline() });
    await this.#pauses.wait();
    if (!this.#pauses.isEnded) await this.#connect();
  }
}
