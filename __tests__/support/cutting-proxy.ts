import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** Stands before a server and cuts connections, as the networks between do. */
export interface CuttingProxy extends AsyncDisposable {
  url: string;
  /** Connections so far. */
  readonly connections: number;
  /** Cuts what is open. */
  cutAll(): void;
}

/** `cutAfter`: for the n-th connection (0, 1, 2 …), after how many bytes from the server; nothing: not at all. */
export async function startCuttingProxy(
  target: () => string,
  cutAfter: (connection: number) => number | undefined = () => undefined,
): Promise<CuttingProxy> {
  const sockets = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    let left = cutAfter(connections) ?? Number.POSITIVE_INFINITY;
    connections += 1;
    const { hostname, port } = new URL(target());
    const upstream = connect(Number(port), hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.pipe(upstream);
    upstream.on('data', (bytes: Buffer) => {
      const passed = bytes.subarray(0, left);
      left -= passed.length;
      if (left > 0) client.write(passed);
      else client.end(passed, () => client.destroy());
    });
    upstream.on('end', () => client.end());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port }: Partial<AddressInfo> = Object(server.address());
  const cutAll = () => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `http://127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    cutAll,
    async [Symbol.asyncDispose]() {
      cutAll();
      server.close();
      await once(server, 'close');
    },
  };
}
