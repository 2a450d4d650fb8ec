import type { IncomingMessage } from 'node:http';
import { clientAddress } from '../../src/auth/attempts/client-address.ts';

const of = (remoteAddress: string | undefined) =>
  clientAddress({ socket: { remoteAddress } } as unknown as IncomingMessage);

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
    [undefined, ''],
  ])('of %s is %s', (address, expected) => {
    expect(of(address)).toBe(expected);
  });

  it('is the same for all addresses of a /64, and another one for the next', () => {
    expect(of('2001:db8::1:0:0:1')).toBe(of('2001:db8::ffff:ffff:ffff:ffff'));
    expect(of('2001:db8:0:1::1')).not.toBe(of('2001:db8:0:2::1'));
  });
});
