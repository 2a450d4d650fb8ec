import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { EventBody } from '../../src/http/streaming/event-body.ts';
import { exchange } from '../support/raw-http.ts';

/** What a client gets of a response that `write` fills. */
async function received(
  write: (body: EventBody, response: ServerResponse) => Promise<void> | void,
  head = 'GET / HTTP/1.1',
) {
  const server = createServer(async (_request, response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const body = new EventBody(response, () => {});
    await write(body, response);
    body.end();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const answer = await exchange(url, `${head}\r\nHost: x\r\nConnection: close\r\n\r\n`);
  server.close();
  const end = answer.indexOf('\r\n\r\n') + 4;
  return { head: answer.slice(0, end), body: Buffer.from(answer.slice(end), 'latin1').toString() };
}

/** RFC 9112, 7.1. */
function withoutChunks(body: string): string {
  let bytes = Buffer.from(body);
  let text = '';
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n');
    const length = Number.parseInt(bytes.toString('latin1', 0, lineEnd), 16);
    if (length === 0) return text;
    text += bytes.toString('utf8', lineEnd + 2, lineEnd + 2 + length);
    expect(bytes.toString('latin1', lineEnd + 2 + length, lineEnd + 4 + length)).toBe('\r\n');
    bytes = bytes.subarray(lineEnd + 4 + length);
  }
}

const turn = () => new Promise<void>(setImmediate);
const PIECES = ['a', 'é', '漢字', '😀', 'x'.repeat(300_000), 'z'];

describe('the body of a stream', () => {
  it('[SSE-1] [RUN-2] arrives after the headers and in order when everything is written at once', async () => {
    const { head, body } = await received((events) => {
      for (const piece of PIECES) events.write(piece);
    });
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(withoutChunks(body)).toBe(PIECES.join(''));
  });

  it('[SSE-1] arrives in order when a part is written at once and a part later', async () => {
    const { head, body } = await received(async (events) => {
      for (const piece of PIECES) {
        events.write(piece);
        events.write(piece);
        await turn();
        events.write(piece);
      }
    });
    expect(head).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
    expect(withoutChunks(body)).toBe(PIECES.map((piece) => piece.repeat(3)).join(''));
  });

  it('[SSE-1] never overtakes what the response itself buffers', async () => {
    const { body } = await received(async (events, response) => {
      events.write('1');
      await turn();
      // As Node 26 does by itself until the end of the turn.
      response.cork();
      response.write('2');
      events.write('3');
      response.uncork();
      events.write('4');
    });
    expect(withoutChunks(body)).toBe('1234');
  });

  it('[SSE-1] has no chunk framing for HTTP/1.0, and no body for HEAD', async () => {
    const write = (events: EventBody) => {
      for (const piece of PIECES) events.write(piece);
    };
    expect((await received(write, 'GET / HTTP/1.0')).body).toBe(PIECES.join(''));
    expect((await received(write, 'HEAD / HTTP/1.1')).body).toBe('');
  });
});
