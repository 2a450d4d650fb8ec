import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Logger } from 'pino';
import { replyToParserErrors } from './parser-errors.ts';
import { webSocketsOnly } from './web-sockets-only.ts';

/** How long open responses may take to send their last bytes when the server closes. */
const FLUSH_MS = 1_000;

export interface Listening extends AsyncDisposable {
  url: string;
}

/** Connections that the kernel queues until they are accepted; with Node's 511 a burst of 1,000 clients is reset. */
const BACKLOG = 4096;

/** Takes over the socket of a request for a protocol upgrade. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface ListenSettings {
  host: string;
  /** 0: a free one. */
  port: number;
  /** How long an idle connection is kept; ms, 75,000 by default. */
  keepAliveMs?: number;
  /** Of the request line and the headers; 256 Ki by default. */
  headBytes?: number;
}

/** The address cannot be listened on. The message is one line that says what to do. */
export class ListenError extends Error {
  override readonly name = 'ListenError';
}

/** Serves on an address. `upgrade` has to close the sockets that it takes. Throws ListenError. */
export async function listen(
  listener: RequestListener,
  upgrade: UpgradeListener,
  { host, port, keepAliveMs = 75_000, headBytes = 256 * 1024 }: ListenSettings,
  logger?: Logger,
): Promise<Listening> {
  const server: Server = createServer(
    { ...webSocketsOnly, ...timeouts(keepAliveMs), maxHeaderSize: headBytes, requireHostHeader: false },
    listener,
  );
  // Node would ignore headers after the first 2,000, even a second Host or the length; their bytes are bounded already.
  server.maxHeadersCount = 0;
  server.on('upgrade', upgrade);
  replyToParserErrors(server, headBytes, logger);
  server.listen({ port, host, backlog: BACKLOG });
  try {
    await once(server, 'listening');
  } catch (cause) {
    throw explained(cause, host, port);
  }
  return {
    url: urlOf(server.address() as AddressInfo),
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      server.closeIdleConnections();
      const timer = setTimeout(() => server.closeAllConnections(), FLUSH_MS);
      await closed;
      clearTimeout(timer);
    },
  };
}

/**
 * Load balancers open connections before they need them, and Node counts these as requests whose headers are late: so
 * headers may take as long as the time between two requests. Node requires the timeout of whole requests (300 s by
 * default) to be the longest.
 */
function timeouts(keepAliveTimeout: number) {
  const headersTimeout = Math.max(60_000, keepAliveTimeout + 1_000);
  return { keepAliveTimeout, headersTimeout, requestTimeout: Math.max(300_000, headersTimeout) };
}

function urlOf({ address, family, port }: AddressInfo): string {
  return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`;
}

function explained(cause: unknown, host: string, port: number): ListenError {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  const message = ((): string => {
    switch (code) {
      case 'EADDRINUSE':
        return `Port ${port} on ${host} is taken; stop what uses it, or set PORT to another one.`;
      case 'EACCES':
        return `Port ${port} on ${host} is not allowed for this user; set PORT above 1023.`;
      case 'EADDRNOTAVAIL':
        return `HOST ${host} is not an address of this machine; set HOST to one that is, such as 127.0.0.1 or 0.0.0.0.`;
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
        return `HOST ${host} is a name without an address; set HOST to an address of this machine, such as 127.0.0.1.`;
      default:
        return `Listening on ${host}, port ${port}, failed: ${cause instanceof Error ? cause.message : String(cause)}`;
    }
  })();
  return new ListenError(message, { cause });
}
