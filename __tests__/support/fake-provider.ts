import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export type Refusal =
  | 'auth'
  | 'rate_limit'
  | 'context_length'
  | 'content_filter'
  | 'model_not_found'
  | 'bad_request'
  | 'server_error';

export interface Reply {
  reasoning?: readonly string[];
  content?: readonly string[];
  finish?: 'stop' | 'length' | 'content_filter';
  /** Instead of an answer. */
  refuse?: Refusal;
  /** Instead of an answer, and in no wire format. */
  raw?: { status: number; headers?: Record<string, string>; body: string | Buffer };
  /** The same, to requests that ask for a stream: others are answered. */
  unlessWhole?: { status: number; body: string };
  /** Pieces of a body with status 200 that comes instead of an answer; `open`: and has no end. */
  body?: { type?: string; pieces: ReadonlyArray<string | Buffer>; open?: boolean };
  /** What happens after the content, instead of a proper end. */
  after?: 'error' | 'break' | 'end' | 'silence';
  /** Bytes leave in pieces of so many. */
  pieces?: number;
}

export const USAGE = { prompt: 11, completion: 7, reasoning: 3 };

/** How one provider says things, written from its documentation and from recordings, not from our code. */
export interface Wire {
  /** All of a stream up to its proper end, and that end. */
  stream(reply: Reply): { before: string; end: string };
  /** An answer in one piece. */
  whole(reply: Reply): string;
  /** An error object in the middle of a stream. */
  error: string;
  refuse(refusal: Refusal, key: string): { status: number; headers?: Record<string, string>; body: string };
}

interface FakeRequest {
  path: string;
  headers: IncomingHttpHeaders;
  body: Record<string, unknown>;
  /** Resolves when the connection of the exchange is closed, or the answer is over; true: the client left before. */
  left: Promise<boolean>;
}

export interface FakeProvider extends AsyncDisposable {
  url: string;
  /** How the next requests are answered. */
  reply: Reply;
  requests: FakeRequest[];
}

/** A server that answers every POST in a provider's wire format. */
export async function startFake(wire: Wire): Promise<FakeProvider> {
  const requests: FakeRequest[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk);
    const body = JSON.parse(Buffer.concat(chunks).toString('utf8'));
    const left = new Promise<boolean>((resolve) => {
      response.once('close', () => resolve(!response.writableFinished));
    });
    requests.push({ path: request.url ?? '', headers: request.headers, body, left });
    await answer(response, fake.reply, wire, body.stream === true, keyOf(request.headers));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fake: FakeProvider = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    reply: {},
    requests,
    [Symbol.asyncDispose]: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return fake;
}

function keyOf(headers: IncomingHttpHeaders): string {
  const key = headers['x-api-key'] ?? headers['api-key'];
  return typeof key === 'string' ? key : (headers.authorization ?? '').replace('Bearer ', '');
}

async function answer(response: ServerResponse, reply: Reply, wire: Wire, streaming: boolean, key: string) {
  if (reply.raw?.status === 101) {
    response.socket?.end('HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n');
    return;
  }
  if (reply.raw) {
    response.writeHead(reply.raw.status, reply.raw.headers).end(reply.raw.body);
    return;
  }
  if (reply.unlessWhole && streaming) {
    const { status, body } = reply.unlessWhole;
    response.writeHead(status, { 'content-type': 'application/json' }).end(body);
    return;
  }
  if (reply.body) {
    const { type = 'text/event-stream', pieces, open = false } = reply.body;
    response.writeHead(200, { 'content-type': type });
    for (const piece of pieces) await new Promise<void>((resolve) => response.write(piece, () => resolve()));
    if (!open) response.end();
    return;
  }
  if (reply.refuse) {
    const { status, headers, body } = wire.refuse(reply.refuse, key);
    response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
    return;
  }
  if (!streaming) {
    response.writeHead(200, { 'content-type': 'application/json' }).end(wire.whole(reply));
    return;
  }
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const { before, end } = wire.stream(reply);
  await send(response, before, reply.pieces);
  switch (reply.after) {
    case 'error':
      response.end(wire.error);
      break;
    case 'break':
      response.socket?.destroy();
      break;
    case 'end':
      response.end();
      break;
    case 'silence':
      break;
    default:
      await send(response, end, reply.pieces);
      response.end();
  }
}

/** Each piece leaves before the next one is written. */
async function send(response: ServerResponse, text: string, pieces?: number): Promise<void> {
  const bytes = Buffer.from(text);
  const length = pieces ?? (bytes.length || 1);
  for (let start = 0; start < bytes.length; start += length) {
    await new Promise<void>((resolve) => {
      response.write(bytes.subarray(start, start + length), () => resolve());
    });
  }
}

export const event = (data: unknown): string => `data: ${JSON.stringify(data)}\n\n`;
