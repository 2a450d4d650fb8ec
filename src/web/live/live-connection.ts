import { Connection } from 'sharedb/lib/client';
import { Cell } from '../shell/store.ts';
import { type LinkState, ReconnectingSocket } from './reconnecting-socket.ts';

/** How often a connection is tried whether it lives, and how long its answer may take, in ms. */
const PING_MS = 20_000;
const PONG_MS = 10_000;

/** ShareDB over connections that come and go, to the server that the page came from. */
export class LiveConnection {
  readonly link = new Cell<LinkState>({ state: 'connecting' });
  readonly connection: Connection;
  readonly #socket: ReconnectingSocket;
  readonly #pings: ReturnType<typeof setInterval>;
  #pong: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    const url = `${location.origin.replace(/^http/, 'ws')}/sharedb`;
    this.#socket = new ReconnectingSocket(url, (link) => this.link.set(link));
    this.connection = new Connection(this.#socket);
    this.connection.on('pong', () => clearTimeout(this.#pong));
    this.#pings = setInterval(() => this.#ping(), PING_MS);
  }

  close(): void {
    clearInterval(this.#pings);
    clearTimeout(this.#pong);
    this.#socket.close();
  }

  #ping(): void {
    if (!this.connection.canSend) return;
    clearTimeout(this.#pong);
    this.#pong = setTimeout(() => this.#socket.drop(), PONG_MS);
    this.connection.ping();
  }
}
