import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Principal } from '../../auth/principal.ts';
import { InvalidRequestError, ServiceError, ShuttingDownError } from '../../errors.ts';
import type { ViewerMessages } from '../viewers/identity.ts';
import type { BufferLimits } from './buffer-limits.ts';
import { declineUpgrade } from './decline-upgrade.ts';
import { ViewerStream } from './viewer-stream.ts';

const PATH = '/sharedb';

/** Like the paths of routes: with or without a slash at the end, case-insensitive. */
const PATH_PATTERN = new RegExp(`^${PATH}/?$`, 'i');

/** How long the closing handshake with viewers may take when the server closes; ms. */
const CLOSE_TIMEOUT_MS = 500;

export interface SocketLimits {
  /** Connections at a time; one more is closed with 1013 `too_many_viewers`. */
  connections: number;
  /** Of these, from one address; one more is closed in the same way. 0: no limit per address. */
  connectionsPerAddress: number;
  /** From which address a connection comes. Default: that of its socket. */
  addressOf?(request: IncomingMessage): string;
  /** Bytes of one message from a viewer; a longer one closes the connection with 1009. */
  messageBytes: number;
  /** Between two pings; ms. A viewer that has not replied to one by the next is disconnected. */
  pingMs: number;
  buffer: BufferLimits;
}

export const SOCKET_LIMITS: SocketLimits = {
  connections: 5_000,
  connectionsPerAddress: 1_000,
  messageBytes: 64 * 1024,
  pingMs: 30_000,
  buffer: { bytes: 4 * 1024 * 1024, graceMs: 10_000 },
};

/** An op carries text, and one UTF-16 unit of it takes at most six bytes of JSON (\u0001). */
export function messageBytesFor(opChars: number): number {
  return SOCKET_LIMITS.messageBytes + 6 * opChars;
}

/** Says whose connection it will be. Throws ServiceError for a request that is not let in. */
export type Admission = (request: IncomingMessage) => Promise<Principal>;

/** The WebSockets of viewers, at `/sharedb`. */
export class Viewers implements AsyncDisposable {
  readonly #sockets: WebSocketServer;
  readonly #alive = new WeakSet<WebSocket>();
  /** Number of connections from each address. */
  readonly #addresses = new Map<string, number>();
  readonly #heartbeat: NodeJS.Timeout;
  #isClosed = false;

  /**
   * Listener for the HTTP server's `upgrade` event: registered itself (`server.on('upgrade', viewers.upgrade)`), or
   * called by a listener that has other WebSockets, too. Returns whether the request was handled, which includes
   * refused; if not, nothing was done with it. As the server's only listener, it passes requests that are not for it on
   * to the routes.
   */
  readonly upgrade: (this: unknown, request: IncomingMessage, socket: Duplex, head: Buffer) => boolean;

  /** `accept` gets the stream of each new viewer. */
  constructor(
    private readonly accept: (stream: ViewerMessages, request: IncomingMessage) => void,
    private readonly admission: Admission,
    private readonly limits: SocketLimits,
    private readonly logger: Logger,
  ) {
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: limits.messageBytes,
      clientTracking: true,
    });
    this.#sockets.on('wsClientError', ({ message }, socket) =>
      refuse(socket, InvalidRequestError.field('request', message)),
    );
    this.#heartbeat = setInterval(() => this.#ping(), limits.pingMs);
    this.#heartbeat.unref();
    const handle = (request: IncomingMessage, socket: Duplex, head: Buffer) =>
      this.#handle(request, socket, head);
    this.upgrade = function (request, socket, head) {
      return handle(request, socket, head) || declineUpgrade(this, request, socket, head);
    };
  }

  /** Number of open connections. */
  get count(): number {
    return this.#sockets.clients.size;
  }

  #handle(request: IncomingMessage, socket: Duplex, head: Buffer): boolean {
    if (!isForUs(request)) return false;
    socket.on('error', (err) => this.logger.debug({ err }, 'a viewer left while connecting'));
    void this.#admit(request, socket, head);
    return true;
  }

  async #admit(request: IncomingMessage, socket: Duplex, head: Buffer): Promise<void> {
    try {
      const principal = await this.admission(request);
      if (this.#isClosed) throw new ShuttingDownError();
      this.#sockets.handleUpgrade(request, socket, head, (viewer) => this.#open(viewer, request, principal));
    } catch (error) {
      refuse(socket, ServiceError.from(error));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true;
    clearInterval(this.#heartbeat);
    const leaving = [...this.#sockets.clients].map((viewer) => once(viewer, 'close'));
    for (const viewer of this.#sockets.clients) viewer.close(1012, 'server_restart');
    const timer = setTimeout(() => {
      for (const viewer of this.#sockets.clients) viewer.terminate();
    }, CLOSE_TIMEOUT_MS);
    await Promise.allSettled(leaving);
    clearTimeout(timer);
  }

  #open(viewer: WebSocket, request: IncomingMessage, principal: Principal): void {
    viewer.on('error', (err) => this.logger.debug({ err }, 'a viewer was cut off'));
    if (this.count > this.limits.connections || !this.#count(viewer, request)) {
      viewer.close(1013, 'too_many_viewers');
      return;
    }
    const live = () => this.#alive.add(viewer);
    live();
    viewer.on('pong', live);
    viewer.on('message', live);
    const stream = new ViewerStream(viewer, this.limits.buffer, principal);
    // A message that is not JSON closes the connection and is an error of the stream, which needs a listener.
    stream.on('error', (err) => this.logger.debug({ err }, 'a viewer was cut off'));
    this.accept(stream, request);
  }

  /** False: there are too many connections from this address. */
  #count(viewer: WebSocket, request: IncomingMessage): boolean {
    const { connectionsPerAddress, addressOf } = this.limits;
    const address = addressOf?.(request) ?? request.socket.remoteAddress ?? '';
    const count = this.#addresses.get(address) ?? 0;
    if (connectionsPerAddress > 0 && count >= connectionsPerAddress) return false;
    this.#addresses.set(address, count + 1);
    viewer.once('close', () => {
      const left = (this.#addresses.get(address) ?? 0) - 1;
      if (left > 0) this.#addresses.set(address, left);
      else this.#addresses.delete(address);
    });
    return true;
  }

  #ping(): void {
    const silent = [...this.#sockets.clients].filter((viewer) => !this.#alive.delete(viewer));
    for (const viewer of this.#sockets.clients) viewer.ping();
    if (silent.length > 0) void this.#drop(silent);
  }

  /**
   * After this process was suspended, timers run before pongs that arrived meanwhile are read: so it waits for these.
   */
  async #drop(silent: readonly WebSocket[]): Promise<void> {
    await nextTurn();
    await nextTurn();
    for (const viewer of silent) {
      if (!this.#alive.has(viewer)) viewer.terminate();
    }
  }
}

/** Also true for an absolute target (`http://host/sharedb`), as proxies send it. */
function isForUs({ url = '', headers: { upgrade } }: IncomingMessage): boolean {
  const [path = ''] = url.replace(/^https?:\/\/[^/?#]*/i, '').split(/[?#]/, 1);
  return upgrade?.toLowerCase() === 'websocket' && PATH_PATTERN.test(path);
}

function refuse(socket: Duplex, error: ServiceError): void {
  const body = JSON.stringify(error.toBody(undefined, false));
  const headers = {
    ...error.headers,
    connection: 'close',
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  // Nobody else closes it: the HTTP server has given it away, and the client need not close its half.
  socket.end(`HTTP/1.1 ${error.status} Refused\r\n${lines.join('')}\r\n${body}`, () => socket.destroy());
}
