import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { clientNetwork } from '../../src/auth/attempts/client-network.ts';
import { ClientAddresses } from '../../src/auth/client-addresses.ts';
import { configFrom } from '../../src/config.ts';
import { createKey } from '../support/keys.ts';
import { RawViewer } from '../support/raw-viewer.ts';
import { type Service, startService } from '../support/service.ts';
import { socketTo } from '../support/viewer.ts';

describe('[AUTH-10] the address by which failed attempts are counted', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8:1:2::', '2001:db8:1:2::/64'],
    ['2001:0db8:0001:0002:ffff::1', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['', ''],
  ])('of %s is %s', (address, expected) => {
    expect(clientNetwork(address)).toBe(expected);
  });

  it('is the same for all addresses of a /64, and another one for the next', () => {
    expect(clientNetwork('2001:db8::1:0:0:1')).toBe(clientNetwork('2001:db8::ffff:ffff:ffff:ffff'));
    expect(clientNetwork('2001:db8:0:1::1')).not.toBe(clientNetwork('2001:db8:0:2::1'));
  });
});

describe('[AUTH-10] the address of a client behind proxies', () => {
  const of = (trusted: readonly string[], socket: string | undefined, header?: string) =>
    new ClientAddresses(trusted).of({
      socket: { remoteAddress: socket },
      headers: header === undefined ? {} : { 'x-forwarded-for': header },
    } as unknown as IncomingMessage);

  it.each([
    ['is that of the socket where nobody is trusted', [], '10.0.0.2', '192.0.2.1', '10.0.0.2'],
    ['is that of the socket where somebody else is', ['10.0.0.2'], '192.0.2.9', '192.0.2.1', '192.0.2.9'],
    ['is what a trusted proxy says', ['10.0.0.2'], '10.0.0.2', '192.0.2.1', '192.0.2.1'],
    [
      'is the last entry, whatever the client wrote',
      ['10.0.0.2'],
      '10.0.0.2',
      '1.1.1.1, 192.0.2.1',
      '192.0.2.1',
    ],
    [
      'is the last one that no trusted proxy has',
      ['10.0.0.0/8'],
      '::ffff:10.0.0.2',
      '1.1.1.1, 192.0.2.1, 10.9.9.9',
      '192.0.2.1',
    ],
    [
      'is not a trusted address that the client wrote',
      ['10.0.0.0/8'],
      '10.0.0.2',
      '10.0.0.7, 192.0.2.1',
      '192.0.2.1',
    ],
    ['may have a port', ['10.0.0.2'], '10.0.0.2', '192.0.2.1:4711', '192.0.2.1'],
    ['may have a port in IPv6', ['10.0.0.2'], '10.0.0.2', '[2001:db8::1]:4711', '2001:db8::1'],
    ['may pass a proxy with a port', ['10.0.0.0/8'], '10.0.0.2', '192.0.2.1, 10.0.0.3:80', '192.0.2.1'],
    ['is the proxy that knows none', ['10.0.0.2'], '10.0.0.2', '1.1.1.1, unknown', '10.0.0.2'],
    ['is the proxy that says nothing', ['10.0.0.2'], '10.0.0.2', undefined, '10.0.0.2'],
    ['is the proxy where the header is empty', ['loopback'], '127.0.0.1', ' , ', '127.0.0.1'],
    ['is nothing when the client has left', ['loopback'], undefined, '192.0.2.1', ''],
  ])('%s', (_, trusted, socket, header, expected) => {
    expect(of(trusted, socket, header)).toBe(expected);
  });

  it.each([['10.0.0.300'], ['10.0.0.0/33'], ['0.0.0.0/0'], ['everybody'], ['']])(
    'is not found with %j in server.trusted_proxies',
    (proxy) => {
      expect(() => configFrom({ server: { trustedProxies: [proxy] } })).toThrow(
        /trustedProxies|trusted_proxies/,
      );
    },
  );
});

describe('[AUTH-10] a server', () => {
  let plain: Service;
  let behind: Service;
  beforeAll(async () => {
    const start = (trustedProxies: string[]) =>
      startService({
        config: { auth: { methods: ['keys'] }, server: { trustedProxies }, mirror: { viewersPerAddress: 1 } },
      });
    [plain, behind] = await Promise.all([start([]), start(['loopback'])]);
  });
  afterAll(async () => {
    await plain[Symbol.asyncDispose]();
    await behind[Symbol.asyncDispose]();
  });

  const attempt = async (service: Service, forwarded: string, number: number) => {
    const headers = { authorization: `Bearer wrong-${number}`, 'x-forwarded-for': forwarded };
    return (await fetch(`${service.url}/api/chats`, { headers })).status;
  };

  it('that trusts no proxy limits failed attempts whatever X-Forwarded-For says', async () => {
    for (let number = 0; number < 20; number++)
      expect(await attempt(plain, `192.0.2.${number}`, number)).toBe(401);
    expect(await attempt(plain, '198.51.100.1', 20)).toBe(429);
  });

  it('behind a trusted proxy limits each client, whatever that one writes', async () => {
    for (let number = 0; number < 20; number++)
      expect(await attempt(behind, `203.0.113.${number}, 192.0.2.1`, number)).toBe(401);
    expect(await attempt(behind, '203.0.113.99, 192.0.2.1', 20)).toBe(429);
    expect(await attempt(behind, '192.0.2.1, 192.0.2.2', 21)).toBe(401);
  });

  it('[LIMIT-1] behind a trusted proxy counts the viewers of each client', async () => {
    const { text } = await createKey(behind.databaseFile);
    const headersOf = (address: string) => ({ authorization: `Bearer ${text}`, 'x-forwarded-for': address });
    const open = (address: string) => RawViewer.open(behind.url, headersOf(address));
    const [first, second] = await Promise.all([open('192.0.2.5'), open('192.0.2.6')]);
    const [code] = await once(socketTo(behind.url, headersOf('1.1.1.1, 192.0.2.5')), 'close');
    expect(code).toBe(1013);
    for (const viewer of [first, second]) {
      expect(await viewer.ask({ a: 'pp' })).toMatchObject({ a: 'pp' });
      viewer.close();
    }
  });

  it('[AUTH-12] behind a trusted proxy has the address of the client in its audit log', async () => {
    const { text } = await createKey(behind.databaseFile, { scopes: ['admin'] });
    const headers = { authorization: `Bearer ${text}`, 'x-forwarded-for': '1.1.1.1, 192.0.2.77' };
    const created = await fetch(`${behind.url}/api/keys`, {
      method: 'POST',
      headers: { ...headers, 'content-type': 'application/json' },
      body: JSON.stringify({ name: 'made' }),
    });
    const { id } = (await created.json()) as { id: string };
    const { entries } = await (await fetch(`${behind.url}/api/audit`, { headers })).json();
    expect(entries[0]).toMatchObject({ action: 'key.created', resourceId: id, address: '192.0.2.77' });
  });
});
