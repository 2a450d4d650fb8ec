import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http';
import { type AddressInfo, createServer as createSocketServer, type Server, type Socket } from 'node:net';
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib';
import { errorBodyOf } from '../../src/providers/connection/error-body.ts';
import { bodyOf, nodeFetch } from '../../src/providers/connection/node-fetch.ts';

interface Upstream extends AsyncDisposable {
  url: string;
  sockets: Set<Socket>;
}

async function listening(server: Server): Promise<Upstream> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    sockets,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const answering = (listener: RequestListener) => listening(createServer(listener));

/** A server that answers with these very bytes, and ends the connection or leaves it as it is. */
const saying = (text: string, end: boolean) =>
  listening(
    createSocketServer((socket) => {
      socket.once('data', () => (end ? socket.end(text) : socket.write(text)));
    }),
  );

async function post(url: string, signal?: AbortSignal): Promise<{ status: number; text: string }> {
  const response = await nodeFetch(url, { method: 'POST', body: '{}', ...(signal && { signal }) });
  if (!response.ok) return { status: response.status, text: errorBodyOf(response.headers) ?? '' };
  const chunks: Buffer[] = [];
  for await (const chunk of bodyOf(response)) chunks.push(chunk);
  return { status: response.status, text: Buffer.concat(chunks).toString('utf8') };
}

const TEXT = `data: ${'für jede Antwort 🤔 '.repeat(2_000)}\n\n`;

const CODINGS: ReadonlyArray<[coding: string, encode: (text: string) => Buffer]> = [
  ['gzip', gzipSync],
  ['x-gzip', gzipSync],
  ['GZIP', gzipSync],
  ['br', brotliCompressSync],
  ['deflate', deflateSync],
  ['deflate', deflateRawSync],
  ['gzip, br', (text) => brotliCompressSync(gzipSync(text))],
  ['identity', (text) => Buffer.from(text)],
];

describe('[PROV-6] compressed responses of providers and proxies', () => {
  it('are not requested', async () => {
    let asked: IncomingMessage['headers'] = {};
    await using upstream = await answering((request, response) => {
      asked = request.headers;
      response.end('ok');
    });
    await post(upstream.url);
    expect(asked['accept-encoding']).toBe('identity');
  });

  it.each(CODINGS)('are read as %s, also error bodies', async (coding, encode) => {
    for (const status of [200, 400]) {
      await using upstream = await answering((_request, response) => {
        response.writeHead(status, { 'content-encoding': coding }).end(encode(TEXT));
      });
      const answer = await post(upstream.url);
      expect([answer.status, answer.text === TEXT]).toEqual([status, true]);
    }
  });

  it('are passed on while they arrive', async () => {
    const compressor = (await import('node:zlib')).createGzip();
    await using upstream = await answering((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'gzip' });
      compressor.pipe(response);
      compressor.write('first');
      compressor.flush();
    });
    const body = bodyOf(await nodeFetch(upstream.url, { method: 'POST', body: '{}' }));
    const [chunk] = await once(body, 'data');
    expect(String(chunk)).toBe('first');
    body.destroy();
    for (const socket of upstream.sockets) await once(socket, 'close');
  });

  it('are refused with an unknown coding', async () => {
    await using upstream = await answering((_request, response) => {
      response.writeHead(200, { 'content-encoding': 'compress' }).end('…');
    });
    await expect(post(upstream.url)).rejects.toMatchObject({
      code: 'provider_protocol_error',
      providerMessage: expect.stringContaining('compress'),
    });
  });

  it('[LIMIT-2] are refused when compressed a thousand times', async () => {
    await using upstream = await answering((_request, response) => {
      response.writeHead(200, { 'content-encoding': Array(1_000).fill('gzip').join(', ') }).end('…');
    });
    await expect(post(upstream.url)).rejects.toMatchObject({ code: 'provider_protocol_error' });
  });

  it('are bounded when an error body expands', async () => {
    await using upstream = await answering((_request, response) => {
      response.writeHead(400, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(64 * 1024 * 1024)));
    });
    expect((await post(upstream.url)).text).toHaveLength(64 * 1024);
  });
});

describe('[PROV-6] an error response has a status, whatever its body', () => {
  const head = 'HTTP/1.1 401 Unauthorized\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n';

  it.each([
    ['is cut', saying(`${head}{"error":`, true)],
    ['never ends', saying(`${head}{"error":`, false)],
  ])('that %s', async (_what, upstream) => {
    await using server = await upstream;
    expect(await post(server.url)).toEqual({ status: 401, text: '{"error":' });
    while (server.sockets.size > 0) await once([...server.sockets][0] as Socket, 'close');
  });

  it('that is endless', async () => {
    await using upstream = await answering((_request, response) => {
      response.writeHead(403);
      const more = () => {
        while (response.write('x'.repeat(1000)));
      };
      response.on('drain', more);
      more();
    });
    expect((await post(upstream.url)).status).toBe(403);
  });

  it.each([101, 304, 600, 999])('that is %i', async (status) => {
    await using upstream = await saying(`HTTP/1.1 ${status} Odd\r\nconnection: close\r\n\r\n`, true);
    expect((await post(upstream.url)).status).toBe(status === 304 ? 304 : 502);
  });
});

describe('[RUN-3] a request without a response', () => {
  it.each([
    ['changes the protocol', 'HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n'],
    ['announces an answer that never comes', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['is closed', ''],
  ])('fails when it %s', async (_what, text) => {
    await using upstream = await saying(text, true);
    await expect(post(upstream.url)).rejects.toThrow();
  });

  it('but a response that offers another protocol is accepted', async () => {
    const text =
      'HTTP/1.1 200 OK\r\nupgrade: h2c\r\nconnection: upgrade, close\r\ncontent-length: 2\r\n\r\nok';
    await using upstream = await saying(text, true);
    expect(await post(upstream.url)).toEqual({ status: 200, text: 'ok' });
  });
});

describe('[PROV-5] idle connections that were dropped in the network', () => {
  it('cost one attempt, not one each', async () => {
    const AT_ONCE = 8;
    const waiting: ServerResponse[] = [];
    let requests = 0;
    await using upstream = await answering((_request, response) => {
      requests += 1;
      if (requests > AT_ONCE) response.end('ok');
      else if (waiting.push(response) === AT_ONCE) for (const each of waiting) each.end('ok');
    });
    await Promise.all(Array.from({ length: AT_ONCE }, () => post(upstream.url)));
    const old = [...upstream.sockets];
    expect(old).toHaveLength(AT_ONCE);
    // As a firewall does: nothing is said until something comes.
    for (const socket of old) {
      socket.removeAllListeners('data');
      socket.on('data', () => socket.resetAndDestroy());
    }
    await expect(post(upstream.url)).rejects.toThrow();
    expect(await post(upstream.url)).toEqual({ status: 200, text: 'ok' });
    expect(requests).toBe(AT_ONCE + 1);
  });
});
