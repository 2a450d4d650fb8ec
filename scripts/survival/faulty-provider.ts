import { createServer, type Socket } from 'node:net';

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n';

/** Faulty responses of a provider, by the word in the question that selects one. */
export const FAULTY_RESPONSES: Readonly<Record<string, (socket: Socket) => void>> = {
  'switching protocols': (socket) => socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n'),
  'endless head': (socket) => endlessly(socket, 'HTTP/1.1 200 OK\r\n', 'X-Padding: 0123456789\r\n'),
  'endless line': (socket) => endlessly(socket, `${HEAD}data: `, 'x'.repeat(16_384)),
  'endless event': (socket) => endlessly(socket, HEAD, 'data:\n'.repeat(2_000)),
  'endless comments': (socket) => endlessly(socket, HEAD, ': still here\n\n'.repeat(1_000)),
  'deep object': (socket) =>
    socket.end(`${HEAD}data: {"error":${'{"error":'.repeat(50_000)}1${'}'.repeat(50_000)}}\n\n`),
  'no answer at all': () => {},
  'another language': (socket) => socket.end('220 mail.example.com ESMTP ready\r\n'),
};

function endlessly(socket: Socket, head: string, piece: string): void {
  const write = () => {
    while (socket.writable && socket.write(piece)) if (socket.writableLength > 1024 * 1024) break;
  };
  socket.write(head);
  socket.on('drain', write);
  write();
}

/** Listens on 127.0.0.1, reads the question of a request, and sends the faulty response. */
export async function startFaultyProvider(): Promise<{ url: string } & AsyncDisposable> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket)).on('error', () => socket.destroy());
    let said = '';
    const listen = (data: Buffer) => {
      said += data;
      const word = Object.keys(FAULTY_RESPONSES).find((each) => said.includes(each));
      if (word === undefined) return;
      socket.off('data', listen).resume();
      FAULTY_RESPONSES[word]?.(socket);
    };
    socket.on('data', listen);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the faulty provider has no port');
  return {
    url: `http://127.0.0.1:${address.port}/v1`,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
