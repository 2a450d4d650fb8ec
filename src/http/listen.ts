import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';

/** How long open responses may take to hand over their last bytes when the server closes. */
const FLUSH_MS = 1_000;

export interface Listening extends AsyncDisposable {
  url: string;
}

/** Connections that the kernel holds until they are accepted; with Node's 511 a burst of a thousand clients is reset. */
const BACKLOG = 4096;

/** Takes over the socket of a request that wants to speak another protocol. */
export type UpgradeListener = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** Serves on an address; `port` 0 takes a free one. Who takes an upgrade also closes its socket. Throws an Error that says what to do when the port is taken. */
export async function listen(
  listener: RequestListener,
  upgrade: UpgradeListener,
  { host, port }: { host: string; port: number },
): Promise<Listening> {
  const server = createServer(listener);
  server.on('upgrade', upgrade);
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

function urlOf({ address, family, port }: AddressInfo): string {
  return family === 'IPv6' ? `http://[${address}]:${port}` : `http://${address}:${port}`;
}

function explained(cause: unknown, host: string, port: number): unknown {
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
  if (code === 'EADDRINUSE') {
    return new Error(`Port ${port} on ${host} is taken; stop what uses it, or set PORT to another one.`, {
      cause,
    });
  }
  if (code === 'EACCES') {
    return new Error(`Port ${port} on ${host} is not allowed for this user; set PORT above 1023.`, { cause });
  }
  return cause;
}
