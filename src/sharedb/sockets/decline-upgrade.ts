import { Server as HttpServer, type IncomingMessage } from 'node:http';
import { Server as HttpsServer } from 'node:https';
import type { Duplex } from 'node:stream';

/** Headers that ask for an upgrade, beside `Connection`, which lists them. */
const UPGRADE_HEADERS = new Set(['upgrade', 'http2-settings']);

/**
 * A Node server with a listener for `upgrade` gives it every request that offers another protocol, and handles none of
 * them itself. This passes such a request back to the server as one without an offer, so that it goes through the
 * routes like any other. Returns false, and does nothing, unless `emitter` is a server whose only such listener called
 * this.
 */
export function declineUpgrade(
  emitter: unknown,
  request: IncomingMessage,
  socket: Duplex,
  head: Buffer,
): boolean {
  const event =
    emitter instanceof HttpServer ? 'connection' : emitter instanceof HttpsServer ? 'secureConnection' : null;
  if (event === null) return false;
  const server = emitter as HttpServer | HttpsServer;
  if (server.listenerCount('upgrade') !== 1) return false;
  socket.unshift(Buffer.concat([withoutUpgrade(request), head]));
  // Documented as the way to let a server take a connection.
  server.emit(event, socket);
  return true;
}

/** The head of the request as it was received, without the headers that ask for an upgrade. */
function withoutUpgrade({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let index = 0; index < rawHeaders.length; index += 2) {
    const name = rawHeaders[index] ?? '';
    const value = rawHeaders[index + 1] ?? '';
    if (UPGRADE_HEADERS.has(name.toLowerCase())) continue;
    const kept = name.toLowerCase() === 'connection' ? connectionWithoutUpgrade(value) : value;
    if (kept !== '') lines.push(`${name}: ${kept}`);
  }
  // Node reads headers as Latin-1.
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

function connectionWithoutUpgrade(value: string): string {
  const options = value.split(',').map((option) => option.trim());
  return options.filter((option) => option !== '' && !UPGRADE_HEADERS.has(option.toLowerCase())).join(', ');
}
