import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { availableServer } from '../../scripts/survival/server-process.ts';
import { listen } from '../../src/http/server/listen.ts';
import { exchange, parsed, raw } from '../support/raw-http.ts';
import { type Service, startService } from '../support/service.ts';

/** The server as a process, as an operator starts it. */
async function start(environment: Record<string, string>) {
  const folder = await mkdtemp(join(tmpdir(), 'llm-listening-'));
  const child = spawn(process.execPath, availableServer(), {
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATABASE_URL: `file:${join(folder, 'chat.db')}`,
      ...environment,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [code]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  await rm(folder, { recursive: true });
  return { output, errors, code };
}

describe('an address that cannot be listened on', () => {
  it.each<[string, RegExp, () => Promise<Record<string, string>>]>([
    [
      'is not of this machine',
      /^HOST 192\.0\.2\.1 is not an address of this machine; [^\n]+\n$/,
      async () => ({ HOST: '192.0.2.1', PORT: '0', AUTH_OPEN: '1' }),
    ],
    [
      'has no address',
      /^HOST nobody\.invalid is a name without an address; [^\n]+\n$/,
      async () => ({ HOST: 'nobody.invalid', PORT: '0', AUTH_OPEN: '1' }),
    ],
    [
      'is taken',
      /^Port \d+ on 127\.0\.0\.1 is taken; stop what uses it, or set PORT to another one\.\n$/,
      async () => ({ PORT: await takenPort() }),
    ],
  ])('[CONF-1] that %s is one line on stderr and the code 1', async (_what, line, environment) => {
    const { errors, output, code } = await start(await environment());
    expect([code, errors]).toEqual([1, expect.stringMatching(line)]);
    const levels = output
      .split('\n')
      .filter((each) => each !== '')
      .map((each) => JSON.parse(each).level);
    expect(levels.filter((level) => level !== 'warn' && level !== 'info')).toEqual([]);
    for (const server of taken.splice(0)) server.close();
  });

  it('[CONF-1] for reasons of any other kind, too', async () => {
    const settings = { host: '127.0.0.1', port: 0 };
    await using first = await listen(
      (_request, response) => response.end(),
      () => {},
      settings,
    );
    const port = Number(new URL(first.url).port);
    await expect(
      listen(
        () => {},
        () => {},
        { ...settings, port },
      ),
    ).rejects.toMatchObject({ name: 'ListenError' });
  });
});

const taken: ReturnType<typeof createServer>[] = [];
async function takenPort(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  taken.push(server);
  await once(server, 'listening');
  return String((server.address() as AddressInfo).port);
}

describe('requests that Node itself would refuse', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ config: { limits: { headBytes: 131_072 } } });
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const inShape = ({
    status,
    headers,
    body,
  }: {
    status: number;
    headers: Record<string, string>;
    body: string;
  }) => {
    const { error } = JSON.parse(body);
    expect(headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'cache-control': 'no-store',
      'x-request-id': error.requestId,
    });
    return [status, error.code];
  };

  it.each<[string, string]>([
    ['a method that is none', 'get /api/chats HTTP/1.1'],
    ['a space in the target', 'GET /api/ch ats HTTP/1.1'],
    ['a target without a slash', 'GET api/chats HTTP/1.1'],
    ['bytes beyond ASCII in the target', 'GET /api/\xe9 HTTP/1.1'],
    ['a header without a colon', 'GET /api/chats HTTP/1.1\r\nno colon'],
    ['two lengths', 'POST /api/chat HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2'],
    ['a length and chunks', 'POST /api/chat HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked'],
    ['CONNECT', 'CONNECT example.com:443 HTTP/1.1'],
  ])('[ERR-1] %s is a 400 in the one shape', async (_what, head) => {
    expect(inShape(await raw(service.url, head))).toEqual([400, 'invalid_request']);
  });

  it('[ERR-1] a broken chunk is a 400 in the one shape', async () => {
    const head = 'POST /api/chat HTTP/1.1\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked';
    expect(inShape(await raw(service.url, head, 'no length\r\n'))).toEqual([400, 'invalid_request']);
  });

  it.each<[string, (long: string) => string]>([
    ['the address', (long) => `GET /api/v1/llm/complete/stream?messages=${long} HTTP/1.1`],
    ['a header', (long) => `GET /api/chats HTTP/1.1\r\nX-Long: ${long}`],
    [
      'many headers',
      (long) => `GET /v1/models HTTP/1.1\r\n${long.replaceAll(/.{1000}/g, 'X-Long: $&\r\n')}Last: 1`,
    ],
  ])('[ERR-1] more than limits.head_bytes of %s is a 431 in the one shape', async (_what, head) => {
    expect(inShape(await raw(service.url, head('x'.repeat(140_000))))).toEqual([431, 'headers_too_large']);
  });

  it('[ERR-1] headers count at any position, also after thousands of others', async () => {
    const others = Array.from({ length: 5_000 }, (_, index) => `X-${index}: 1`).join('\r\n');
    const body = '{"messages":[{"role":"assistant","content":"x"}]}';
    const head = `POST /api/chat HTTP/1.1\r\n${others}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}`;
    expect(JSON.parse((await raw(service.url, head, body)).body).error.message).toBe(
      "messages: the last message must be the user's",
    );
    const { host } = new URL(service.url);
    const twice = `GET /api/chats HTTP/1.1\r\nHost: ${host}\r\n${others}\r\nHost: evil.example`;
    expect(inShape(await raw(service.url, twice))).toEqual([400, 'invalid_request']);
  });

  it('[ERR-1] OPTIONS * says what the server can do', async () => {
    const { status, headers } = await raw(service.url, 'OPTIONS * HTTP/1.1');
    expect([status, headers.allow]).toEqual([204, 'GET, HEAD, POST, PATCH, DELETE, OPTIONS']);
  });

  it('[WIRE-5] a conversation of 20,000 characters fits into the address by default', async () => {
    await using usual = await startService();
    const messages = JSON.stringify([{ role: 'user', content: '漢'.repeat(20_000) }]);
    const response = await fetch(
      `${usual.url}/api/v1/llm/complete/stream?${new URLSearchParams({ messages })}`,
    );
    expect([response.status, (await response.text()).includes('[DONE]')]).toEqual([200, true]);
  });

  it('[ERR-1] an error about invalid HTTP is not written into a response that has begun', async () => {
    service.simulator.setBehaviour({ tokens: 'endless', delayMs: 5, firstDelayMs: 0 });
    const body = JSON.stringify({
      messages: [{ role: 'user', content: 'Hi' }],
      options: { onDisconnect: 'cancel' },
    });
    const { hostname, port, host } = new URL(service.url);
    const socket = connect(Number(port), hostname);
    let answer = '';
    socket.on('data', (chunk) => {
      if (!answer.includes('chunkNumber') && String(chunk).includes('chunkNumber'))
        socket.write('nonsense\r\n\r\n');
      answer += chunk;
    });
    socket.write(
      `POST /api/chat HTTP/1.1\r\nHost: ${host}\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
    );
    await once(socket, 'close');
    expect(answer.match(/HTTP\/1\.1/g)).toHaveLength(1);
  });

  it('[ERR-1] an unknown expectation is ignored, 100-continue is met', async () => {
    expect((await raw(service.url, 'GET /healthz HTTP/1.1\r\nExpect: miracles')).status).toBe(200);
    const { host } = new URL(service.url);
    const head = `POST /api/chat HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\nExpect: 100-continue\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}`;
    const answer = await exchange(service.url, head);
    expect(answer).toMatch(/^HTTP\/1\.1 100 Continue\r\n\r\nHTTP\/1\.1 400 /);
    expect(JSON.parse(parsed(answer).body).error.code).toBe('invalid_request');
  });

  it('[CONF-1] idle connections are kept for longer than load balancers keep them, and the response has the time', async () => {
    const { host } = new URL(service.url);
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    socket.write(`GET /healthz HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
    const [answer] = await once(socket, 'data');
    socket.destroy();
    const seconds = Number(/keep-alive: timeout=(\d+)/i.exec(String(answer))?.[1]);
    expect(seconds).toBeGreaterThan(60);
  });

  it.each([1_000, 75_000, 620_000])('[CONF-1] keep_alive_ms = %d is a start', async (keepAliveMs) => {
    await using server = await listen(
      (_request, response) => response.end(),
      () => {},
      { host: '127.0.0.1', port: 0, keepAliveMs },
    );
    const response = await fetch(server.url);
    expect(response.headers.get('keep-alive')).toBe(`timeout=${keepAliveMs / 1000}`);
  });
});

describe('stdout at the start', () => {
  it.each(['info', 'silent'])(
    '[OPS-1] in production is lines of JSON, one with the address (level %s)',
    async (level) => {
      const folder = await mkdtemp(join(tmpdir(), 'llm-listening-'));
      const child = spawn(process.execPath, availableServer(), {
        env: {
          PATH: process.env.PATH,
          HOME: process.env.HOME,
          DATABASE_URL: `file:${join(folder, 'chat.db')}`,
          NODE_ENV: 'production',
          PORT: '0',
          LOG_LEVEL: level,
        },
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let output = '';
      child.stdout.on('data', (chunk) => {
        output += chunk;
        if (/"url":"http:.*\n/.test(output)) child.kill('SIGTERM');
      });
      expect(await once(child, 'exit')).toEqual([0, null]);
      const lines = output
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      expect(lines.filter(({ url }) => url !== undefined)).toMatchObject([
        { level: 'info', msg: 'listening' },
      ]);
      await rm(folder, { recursive: true });
    },
  );
});
