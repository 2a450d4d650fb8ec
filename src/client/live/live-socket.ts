import { isOffline } from '../backoff.ts';
import { ChatClientError } from '../errors.ts';
import { isFinal } from './is-final.ts';
import { ReconnectPauses } from './reconnect-pauses.ts';

export type LiveState =
  | { state: 'connecting' }
  | { state: 'open' }
  | { state: 'reconnecting'; attempt: number; offline: boolean }
  /** The server does not let us in, and trying again is of no use before somebody has signed in: `reconnect()`. */
  | { state: 'refused'; error: ChatClientError };

export interface LiveSocketOptions {
  onState?: ((state: LiveState) => void) | undefined;
  /** Default: the global one, which Node has since 22. */
  webSocket?: (new (url: string) => WebSocket) | undefined;
}

/**
 * A WebSocket that reconnects by itself, with the interface that ShareDB's `Connection` takes: `onopen` and `onclose`
 * are called once for each connection that is made and lost.
 */
export class LiveSocket {
  onmessage: (event: MessageEvent) => void = () => {};
  onopen: (event: Event) => void = () => {};
  onclose: (event: CloseEvent) => void = () => {};
  onerror: (event: Event) => void = () => {};
  readonly #options: LiveSocketOptions & { address(): Promise<string> };
  readonly #pauses = new ReconnectPauses();
  /** Null while the address is fetched. */
  #socket: WebSocket | null = null;
  #isRefused = false;

  /** `address`: of the next connection. What it rejects with is a refusal, or tried again. */
  constructor(address: () => Promise<string>, options: LiveSocketOptions = {}) {
    this.#options = { ...options, address };
    void this.#connect();
    // Without this, a socket may take minutes to notice that its network is gone.
    globalThis.addEventListener?.('offline', this.drop);
    // Browsers throttle the timers of hidden tabs: a tab that is shown again retries at once.
    globalThis.document?.addEventListener('visibilitychange', this.wake);
  }

  get readyState(): number {
    return this.#socket?.readyState ?? 0;
  }

  send(data: string): void {
    if (this.#socket?.readyState === 1) this.#socket.send(data);
  }

  /** Closes it and does not reconnect. */
  close(): void {
    globalThis.removeEventListener?.('offline', this.drop);
    globalThis.document?.removeEventListener('visibilitychange', this.wake);
    this.#pauses.end();
    this.#socket?.close();
  }

  /** Drops the current connection, which is dead, and makes another one. */
  readonly drop = (): void => {
    const dead = this.#socket;
    if (!dead || dead.readyState > 1) return;
    dead.close();
    const event = Object.assign(new Event('close'), { code: 1006, reason: '', wasClean: false });
    void this.#lose(dead, event);
  };

  /** Ends the pause before the next attempt. */
  readonly wake = (): void => this.#pauses.skip();

  /** Tries again after a refusal. */
  reconnect(): void {
    if (!this.#isRefused) return;
    this.#isRefused = false;
    void this.#connect();
  }

  async #connect(): Promise<void> {
    this.#report({ state: 'connecting' });
    this.#socket = null;
    try {
      const url = await this.#options.address();
      if (!this.#pauses.isEnded) this.#open(url.replace(/^http/, 'ws'));
    } catch (cause) {
      const error = ChatClientError.from(cause);
      if (!isFinal(error)) await this.#retry();
      else if (!this.#pauses.isEnded) {
        this.#isRefused = true;
        this.#report({ state: 'refused', error });
      }
    }
  }

  #open(url: string): void {
    const { webSocket: Socket = WebSocket } = this.#options;
    const socket = new Socket(url);
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
    // In Node an error without a listener is thrown.
    socket.onmessage = socket.onopen = socket.onclose = null;
    socket.onerror = () => {};
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

  #report(state: LiveState): void {
    this.#options.onState?.(state);
  }
}
