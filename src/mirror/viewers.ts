import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { type WebSocket, WebSocketServer } from 'ws';
import { NotFoundError, ServiceError } from '../errors.ts';
import { type BufferLimits, ViewerStream } from './viewer-stream.ts';

export const PATH = '/sharedb';

/** How long viewers may take to say goodbye when the server closes; ms. */
const GOODBYE_MS = 500;

export interface SocketLimits {
  /** Connections at a time; one more is closed with 1013 `too_many_viewers`. */
  connections: number;
  /** Bytes of one message from a viewer; a longer one closes its connection with 1009. */
  messageBytes: number;
  /** A viewer that does not answer a ping until the next one is gone; ms. */
  pingMs: number;
  buffer: BufferLimits;
}

export const SOCKET_LIMITS: SocketLimits = {
  connections: 5_000,
  messageBytes: 64 * 1024,
  pingMs: 30_000,
  buffer: { bytes: 4 * 1024 * 1024, graceMs: 10_000 },
};

/** An op carries text, of which a unit takes at most six bytes in JSON (\u0001). */
export function messageBytesFor(opChars: number): number {
  return SOCKET_LIMITS.messageBytes + 6 * opChars;
}

/** Whom to let in; throws ServiceError. */
export type Admission = (request: IncomingMessage) => void;

/** The WebSockets of those who watch. */
export class Viewers implements AsyncDisposable {
  readonly #sockets: WebSocketServer;
  readonly #alive = new WeakSet<WebSocket>();
  readonly #heartbeat: NodeJS.Timeout;

  /** `accept` gets each viewer's messages. */
  constructor(
    private readonly accept: (stream: Duplex, request: IncomingMessage) => void,
    private readonly admission: Admission,
    private readonly limits: SocketLimits,
    private readonly logger: Logger,
  ) {
    this.#sockets = new WebSocketServer({
      noServer: true,
      maxPayload: limits.messageBytes,
      clientTracking: true,
    });
    this.#heartbeat = setInterval(() => this.#ping(), limits.pingMs);
    this.#heartbeat.unref();
  }

  /** How many are connected. */
  get count(): number {
    return this.#sockets.clients.size;
  }

  /** For the HTTP server's `upgrade` event. */
  readonly upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer): void => {
    socket.on('error', (err) => this.logger.debug({ err }, 'a viewer left while connecting'));
    try {
      const { pathname } = new URL(request.url ?? '', 'http://localhost');
      if (pathname !== PATH) throw new NotFoundError(`WebSocket ${pathname}`);
      this.admission(request);
    } catch (error) {
      refuse(socket, ServiceError.from(error));
      return;
    }
    this.#sockets.handleUpgrade(request, socket, head, (viewer) => this.#welcome(viewer, request));
  };

  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#heartbeat);
    const leaving = [...this.#sockets.clients].map((viewer) => once(viewer, 'close'));
    for (const viewer of this.#sockets.clients) viewer.close(1012, 'server_restart');
    const timer = setTimeout(() => {
      for (const viewer of this.#sockets.clients) viewer.terminate();
    }, GOODBYE_MS);
    await Promise.allSettled(leaving);
    clearTimeout(timer);
  }

  #welcome(viewer: WebSocket, request: IncomingMessage): void {
    viewer.on('error', (err) => this.logger.debug({ err }, 'a viewer was cut off'));
    if (this.count > this.limits.connections) {
      viewer.close(1013, 'too_many_viewers');
      return;
    }
    this.#alive.add(viewer);
    viewer.on('pong', () => this.#alive.add(viewer));
    const stream = new ViewerStream(viewer, this.limits.buffer);
    // What is not JSON ends the connection, and is an error of the stream; without a listener it would end the process.
    stream.on('error', (err) => this.logger.debug({ err }, 'a viewer was cut off'));
    this.accept(stream, request);
  }

  #ping(): void {
    for (const viewer of this.#sockets.clients) {
      if (!this.#alive.delete(viewer)) viewer.terminate();
      else viewer.ping();
    }
  }
}

function refuse(socket: Duplex, error: ServiceError): void {
  const body = JSON.stringify(error.toBody(undefined, false));
  socket.end(
    `HTTP/1.1 ${error.status} Refused\r\nConnection: close\r\nContent-Type: application/json; charset=utf-8\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
  );
}
