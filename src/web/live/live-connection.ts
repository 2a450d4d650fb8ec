import { Connection } from 'sharedb/lib/client';
import { Http } from '../../client/http.ts';
import { LiveSocket, type LiveState } from '../../client/live/live-socket.ts';
import { type AddressOptions, addressOf } from '../../client/tickets.ts';
import { account } from '../shell/account.ts';
import { Cell } from '../shell/store.ts';

/** How often a connection is pinged, and how long the pong may take, in ms. */
const PING_MS = 20_000;
const PONG_MS = 10_000;

/** A ticket may be late by this; ms. */
const TICKET_MS = 10_000;

/** A ShareDB connection to the page's own server that reconnects by itself. */
export class LiveConnection {
  readonly link = new Cell<LiveState>({ state: 'connecting' });
  readonly connection: Connection;
  readonly #socket: LiveSocket;
  readonly #stopListening: () => void;
  readonly #pings: ReturnType<typeof setInterval>;
  #pong: ReturnType<typeof setTimeout> | undefined;

  /** `guest`: with the token of a share, which is exchanged for tickets. Otherwise the cookie says who this is. */
  constructor(guest: Pick<AddressOptions, 'share' | 'onAccess'> = {}) {
    const http = new Http({ baseUrl: '', timeoutMs: TICKET_MS });
    this.#socket = new LiveSocket(() => addressOf(http, '/sharedb', guest), {
      onState: (link) => {
        this.link.set(link);
        // A refused socket does not say why.
        if (link.state === 'reconnecting' && !link.offline) void account.check();
      },
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
