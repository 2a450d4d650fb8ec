import { OriginPolicy } from '../../src/http/origins/origin-policy.ts';
import { exchange, parsed, raw } from '../support/raw-http.ts';
import { type Service, startService } from '../support/service.ts';

describe('names of hosts', () => {
  const policy = new OriginPolicy([
    'https://chat.example.com',
    'http://chat.lan:3000',
    'https://[2001:db8::1]:8443',
  ]);
  const verdict = (host: string | undefined, origin?: string) => {
    try {
      policy.check(host, origin);
      return 'let in';
    } catch (error) {
      return (error as { code: string }).code;
    }
  };

  it.each([
    'localhost',
    'LOCALHOST:3000',
    'localhost.',
    'localhost.:80',
    '127.0.0.1:3000',
    '127.0.0.1.',
    '127.1.2.3',
    '[::1]',
    '[::1]:3000',
    '[0:0:0:0:0:0:0:1]:3000',
    '[0000:0000:0000:0000:0000:0000:0000:0001]',
    '[::FFFF:127.0.0.1]:3000',
    'chat.example.com',
    'chat.example.com:443',
    'CHAT.Example.COM',
    'chat.example.com.',
    'Chat.Example.com.:443',
    'chat.example.com:',
    'chat.lan:3000',
    'CHAT.LAN.:3000',
    '[2001:DB8:0::1]:8443',
  ])('[CONF-3] %s is ours', (host) => {
    expect(verdict(host)).toBe('let in');
  });

  it.each([
    'evil.example',
    'localhost.evil.example',
    'evil.localhost.example',
    'chat.example.com.evil.example',
    'xchat.example.com',
    'chat.example.com:444',
    'chat.example.com:80',
    'chat.example.com..',
    'chat.lan',
    'chat.lan:3001',
    '127.0.0.1.evil.example',
    '128.0.0.1',
    '[::2]',
    '[2001:db8::1]',
    '[::1',
    '::1',
    'localhost@evil.example',
    'evil.example#localhost',
    'localhost/evil',
    'localhost evil.example',
    'localhost, evil.example',
    'local%68ost',
    'localhost:1:2',
    'localhost:http',
  ])('[CONF-3] %s is not ours', (host) => {
    expect(verdict(host)).toBe('forbidden_origin');
  });

  it.each([undefined, ''])('[CONF-3] no host (%j) is no name of ours', (host) => {
    expect(verdict(host)).toBe('invalid_request');
  });

  it.each<[origin: string, host: string, expected: string]>([
    ['https://chat.example.com', 'chat.example.com', 'let in'],
    ['https://chat.example.com:443', 'chat.example.com:443', 'let in'],
    ['https://Chat.Example.com.', 'chat.example.com', 'let in'],
    ['http://chat.lan:3000', '127.0.0.1:3000', 'let in'],
    ['http://localhost:3000', 'LOCALHOST:3000', 'let in'],
    ['http://localhost', 'localhost:80', 'let in'],
    ['https://localhost', 'localhost:443', 'let in'],
    ['http://[::1]:3000', '[0:0:0:0:0:0:0:1]:3000', 'let in'],
    ['http://localhost:3001', 'localhost:3000', 'forbidden_origin'],
    ['http://localhost', 'localhost:443', 'forbidden_origin'],
    ['http://chat.example.com', '127.0.0.1', 'forbidden_origin'],
    ['https://chat.example.com, https://evil.example', '127.0.0.1', 'forbidden_origin'],
    ['https://chat.example.com/', '127.0.0.1', 'forbidden_origin'],
    ['null', 'localhost', 'forbidden_origin'],
    ['', 'localhost', 'forbidden_origin'],
    ['file://', 'localhost', 'forbidden_origin'],
    ['javascript:alert(1)', 'localhost', 'forbidden_origin'],
  ])('[CONF-3] a page of %j at host %s: %s', (origin, host, expected) => {
    expect(verdict(host, origin)).toBe(expected);
  });
});

describe('the host of a request', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const status = async (head: string) => (await raw(service.url, head)).status;
  const UPGRADE =
    'Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13';

  it('[CONF-3] must be there once, in HTTP/1.0, too', async () => {
    const { hostname, port, host } = new URL(service.url);
    expect(await status(`GET /api/chats HTTP/1.1\r\nHost: ${host}\r\nHost: evil.example`)).toBe(400);
    expect(await status(`GET /api/chats HTTP/1.1\r\nHost: ${host}\r\nhost: ${host}`)).toBe(400);
    expect(await status('GET /api/chats HTTP/1.1\r\nHost:')).toBe(400);
    expect(await status(`GET /api/chats HTTP/1.0\r\nHost: ${host}`)).toBe(200);
    const url = `http://${hostname}:${port}`;
    for (const version of ['1.0', '1.1']) {
      const { status, body } = parsed(
        await exchange(url, `GET /api/chats HTTP/${version}\r\nConnection: close\r\n\r\n`),
      );
      expect([status, JSON.parse(body).error.code]).toEqual([400, 'invalid_request']);
      // Probes may know only an address, and no name.
      const probe = parsed(await exchange(url, `GET /healthz HTTP/${version}\r\nConnection: close\r\n\r\n`));
      expect(probe.status).toBe(200);
    }
  });

  it('[CONF-3] [MIRROR-1] is checked for the WebSocket as well', async () => {
    const { host } = new URL(service.url);
    const upgrade = async (headers: string) =>
      parsed(
        await exchange(
          service.url,
          `GET /sharedb HTTP/1.1\r\n${headers}Connection: Upgrade\r\n${UPGRADE}\r\n\r\n`,
        ),
      ).status;
    expect(await upgrade('')).toBe(400);
    expect(await upgrade(`Host: ${host}\r\nHost: ${host}\r\n`)).toBe(400);
    expect(await upgrade('Host: evil.example\r\n')).toBe(403);
    expect(await upgrade(`Host: ${host}\r\nOrigin: https://evil.example\r\n`)).toBe(403);
    expect(await upgrade(`Host: ${host}\r\nSec-Fetch-Site: cross-site\r\n`)).toBe(403);
  });

  it('[CONF-3] may be in the request target, which then overrides the header', async () => {
    const { host, port } = new URL(service.url);
    for (const path of ['/api/chats', '/v1/models', '/openapi.json', '/healthz', '/api/chats?limit=1']) {
      expect([path, await status(`GET http://${host}${path} HTTP/1.1`)]).toEqual([path, 200]);
      expect([path, await status(`GET HTTP://LOCALHOST:${port}${path} HTTP/1.1`)]).toEqual([path, 200]);
    }
    expect(await status(`GET http://${host} HTTP/1.1`)).not.toBe(404);
    expect(await status('GET http://evil.example/api/chats HTTP/1.1')).toBe(403);
    expect(await status(`GET http://${host}@evil.example/api/chats HTTP/1.1`)).toBe(403);
    expect(await status(`GET http://${host}/api/chat/%zz HTTP/1.1`)).toBe(400);
    expect(await status(`POST http://${host}/api/runs/x/stop HTTP/1.1\r\nContent-Length: 0`)).toBe(400);
  });
});
