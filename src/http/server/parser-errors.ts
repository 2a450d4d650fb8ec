import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import {
  HeadersTooLargeError,
  InvalidRequestError,
  RequestTimeoutError,
  type ServiceError,
} from '../../errors.ts';
import { COMMON_HEADERS } from '../routing/headers.ts';

/**
 * What Node's parser refuses never becomes a request; here it gets an error in the one JSON shape (ERR-1) and a line in
 * the log, as every other refused request does.
 */
export function replyToParserErrors(server: Server, headBytes: number, logger: Logger | undefined): void {
  /** The newest response on each connection. */
  const responses = new WeakMap<Duplex, ServerResponse>();
  server.on('request', ({ socket }: IncomingMessage, response: ServerResponse) => {
    responses.set(socket, response);
  });
  server.on('clientError', (cause: NodeJS.ErrnoException, socket: Duplex) => {
    const response = responses.get(socket);
    // Nothing can be written into the middle of another response.
    const isResponding = response?.headersSent === true && !response.writableFinished;
    if (cause.code === 'ECONNRESET' || !socket.writable || isResponding) {
      socket.destroy();
      return;
    }
    const error = errorOf(cause, headBytes);
    const requestId = randomUUID();
    logger?.info({ requestId, code: error.code, reason: cause.code }, error.message);
    refuse(socket, error, requestId);
  });
  server.on('connect', (_request: IncomingMessage, socket: Duplex) => {
    refuse(
      socket,
      new InvalidRequestError('This server is no proxy: CONNECT is not possible.'),
      randomUUID(),
    );
  });
  // RFC 9110 (10.1.1) lets a server ignore unknown expectations.
  server.on('checkExpectation', (request, response) => server.emit('request', request, response));
}

function errorOf(cause: NodeJS.ErrnoException, headBytes: number): ServiceError {
  switch (cause.code) {
    case 'HPE_HEADER_OVERFLOW':
      return new HeadersTooLargeError(headBytes);
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return new RequestTimeoutError();
    default:
      return InvalidRequestError.field('request', `is not HTTP (${cause.message})`);
  }
}

function refuse(socket: Duplex, error: ServiceError, requestId: string): void {
  const body = JSON.stringify(error.toBody(requestId, true));
  const headers = {
    ...COMMON_HEADERS,
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(body),
    'x-request-id': requestId,
    connection: 'close',
  };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.on('error', () => socket.destroy());
  socket.end(`HTTP/1.1 ${error.status} Refused\r\n${lines.join('')}\r\n${body}`, () => socket.destroy());
}
