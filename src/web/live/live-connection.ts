import { Connection } from 'sharedb/lib/client';
import { account } from '../shell/account.ts';
import { Cell } from '../shell/store.ts';
import { type LinkState, ReconnectingSocket } from './reconnecting-socket.ts';
import type { TicketFor } from './share-ticket.ts';

/** How often a connection is pinged, and how long the pong may take, in ms. */
const PING_MS = 20_000;
const PONG_MS = 10_000;

/** A ShareDB connection to the page's own server that reconnects by itself. */
export class LiveConnection {
  readonly link = new Cell<LinkState>({ state: 'connecting' });
  readonly connection: Connection;
  readonly #socket: ReconnectingSocket;
  readonly #stopListening: () => void;
  readonly #pings: ReturnType<typeof setInterval>;
  #pong: ReturnType<typeof setTimeout> | undefined;

  /** `ticketFor`: null where nothing has to be presented. */
  constructor(ticketFor: TicketFor | null = null) {
    const url = `${location.origin.replace(/^http/, 'ws')}/sharedb`;
    this.#socket = new ReconnectingSocket({ url, ticketFor }, (link) => {
      this.link.set(link);
      // A refused socket does not say why.
      if (link.state === 'reconnecting' && !link.offline) void account.check();
    });
    this.#stopListening = account.onReturn(() => this.wake());
    this.connection = new Connection(this.#socket);
    this.connection.on('pong', () => clearTimeout(this.#pong));
    this.#pings = setInterval(() => this.#ping(), PING_MS);
  }

  /** The server is known to be reachable: reconnects at once. */
  wake(): void {
    this.#socket.wake();
  }

  /** Pings now: a dead connection may take minutes to notice by itself. */
  check(): void {
    this.#ping();
  }

  close(): void {
    this.#stopListening();
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
