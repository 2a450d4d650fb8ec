import { pipeline } from 'node:stream/promises';
import type { Exchange } from './exchange.ts';

const JSON_TYPE = 'application/json; charset=utf-8';

export function sendJson(exchange: Pick<Exchange, 'response'>, value: unknown, status = 200): void {
  sendText(exchange, JSON_TYPE, JSON.stringify(value), status);
}

/** A text that is complete; Node leaves it out where the request is a HEAD. */
export function sendText(
  { response }: Pick<Exchange, 'response'>,
  contentType: string,
  text: string,
  status = 200,
): void {
  response
    .writeHead(status, { 'content-type': contentType, 'content-length': Buffer.byteLength(text) })
    .end(text);
}

/**
 * Text of any length, generated no faster than the client reads it. Resolves when it is sent, or the client has left.
 */
export async function sendPieces(
  { request, response }: Exchange,
  contentType: string,
  pieces: AsyncIterable<string>,
): Promise<void> {
  response.writeHead(200, { 'content-type': contentType });
  if (request.method === 'HEAD') {
    response.end();
    return;
  }
  try {
    await pipeline(pieces, response);
  } catch (error) {
    // Clients may leave in the middle. Any other error has cut the response off already, and is logged by the caller.
    if (!isClosed(error)) throw error;
  }
}

function isClosed(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_STREAM_PREMATURE_CLOSE';
}

export function sendNothing({ response }: Pick<Exchange, 'response'>): void {
  response.writeHead(204).end();
}

/** Sends a browser to another page, with a GET. */
export function sendElsewhere({ response }: Pick<Exchange, 'response'>, location: string): void {
  response.writeHead(303, { location, 'content-length': 0 }).end();
}

/** The reply to OPTIONS. `allowed`: the other methods of the path. */
export function sendOptions({ response }: Pick<Exchange, 'response'>, allowed: readonly string[]): void {
  response.writeHead(204, { allow: [...allowed, 'OPTIONS'].join(', ') }).end();
}
