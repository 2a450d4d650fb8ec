import { connect } from 'node:net';
import type { RunEvent } from '../../src/wire/events.ts';

export interface CutRequest {
  method: 'GET' | 'POST';
  path: string;
  headers?: Record<string, string>;
  body?: unknown;
}

/** What a reader knows whose connection was cut. */
export interface CutReading {
  /** Null: not even the status line came whole. */
  status: number | null;
  headers: Map<string, string>;
  /** Whole events only. */
  events: Array<RunEvent & { id: string }>;
  /** The response came to its end. */
  whole: boolean;
}

/** Speaks HTTP over a bare socket, and cuts it after so many bytes of the response, wherever that is. */
export async function readCut(url: string, request: CutRequest, cutAfter: number): Promise<CutReading> {
  const bytes = await receive(url, request, cutAfter);
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return { status: null, headers: new Map(), events: [], whole: false };
  const [statusLine = '', ...lines] = bytes.toString('latin1', 0, headEnd).split('\r\n');
  const headers = new Map(
    lines.map((line) => [line.slice(0, line.indexOf(':')).toLowerCase(), line.slice(line.indexOf(':') + 2)]),
  );
  const status = Number(statusLine.split(' ')[1]);
  const { body, whole } = dechunk(bytes.subarray(headEnd + 4));
  return { status, headers, events: eventsOf(body), whole: whole || status === 204 };
}

function receive(
  url: string,
  { method, path, headers = {}, body }: CutRequest,
  cutAfter: number,
): Promise<Buffer> {
  const { hostname, port, host } = new URL(url);
  const payload = body === undefined ? '' : JSON.stringify(body);
  const fields = {
    host,
    connection: 'close',
    ...(payload === ''
      ? {}
      : { 'content-type': 'application/json', 'content-length': String(Buffer.byteLength(payload)) }),
    ...headers,
  };
  const head = Object.entries(fields).map(([name, value]) => `${name}: ${value}\r\n`);
  return new Promise((resolve, reject) => {
    const received: Buffer[] = [];
    let left = cutAfter;
    const socket = connect(Number(port), hostname);
    socket.on('error', reject);
    socket.on('data', (part) => {
      received.push(part.subarray(0, left));
      left -= part.length;
      if (left <= 0) socket.destroy();
    });
    socket.on('close', () => resolve(Buffer.concat(received)));
    socket.write(`${method} ${path} HTTP/1.1\r\n${head.join('')}\r\n${payload}`);
  });
}

/** RFC 9112, 7.1: what came of the chunks, whole ones or not. */
function dechunk(bytes: Buffer): { body: Buffer; whole: boolean } {
  const parts: Buffer[] = [];
  let at = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', at);
    if (lineEnd === -1) return { body: Buffer.concat(parts), whole: false };
    const size = bytes.toString('latin1', at, lineEnd);
    if (!/^[0-9a-f]+$/.test(size)) throw new Error(`not the length of a chunk: ${JSON.stringify(size)}`);
    const length = Number.parseInt(size, 16);
    if (length === 0) return { body: Buffer.concat(parts), whole: bytes.length >= lineEnd + 4 };
    const start = lineEnd + 2;
    parts.push(bytes.subarray(start, start + length));
    at = start + length + 2;
    if (at > bytes.length) return { body: Buffer.concat(parts), whole: false };
    if (bytes.toString('latin1', at - 2, at) !== '\r\n') throw new Error('a chunk without its line end');
  }
}

function eventsOf(body: Buffer): CutReading['events'] {
  const end = body.lastIndexOf('\n\n');
  if (end === -1) return [];
  return (
    body
      .toString('utf8', 0, end)
      // Not `m` with `^`: U+2028 in a text is no end of a line either.
      .replaceAll(/(?<=^|\n):[^\n]*\n/g, '')
      .split('\n\n')
      .map((frame) => {
        // Not `.`: to it U+2028 would be the end of a line, which it is not to an event stream.
        const match = /^id: ([^\n]+)\ndata: ([^\n]+)$/.exec(frame);
        if (!match?.[1] || !match[2])
          throw new Error(`not a frame of the protocol: ${JSON.stringify(frame)}`);
        return { id: match[1], ...(JSON.parse(match[2]) as RunEvent) };
      })
  );
}
