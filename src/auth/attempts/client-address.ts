import type { IncomingMessage } from 'node:http';

/** An IPv4 address as sockets that listen for IPv6 show it. */
const MAPPED = /^::ffff:(?<ipv4>\d+\.\d+\.\d+\.\d+)$/i;

/** Of an IPv6 address: a client usually has all addresses of a /64. */
const GROUPS_OF_A_CLIENT = 4;
const GROUPS = 8;

/**
 * What stands for the client behind an address, to count by: its IPv4 address, or the first 64 bits of its IPv6
 * address. Behind a reverse proxy this is the proxy's.
 */
export function clientAddress({ socket }: IncomingMessage): string {
  const [address = ''] = (socket.remoteAddress ?? '').split('%');
  const ipv4 = MAPPED.exec(address)?.groups?.ipv4;
  if (ipv4 !== undefined) return ipv4;
  return address.includes(':') ? networkOf(address) : address;
}

/** `2001:db8::1` → `2001:db8:0:0::/64` */
function networkOf(address: string): string {
  const [before = [], after = []] = address.split('::').map((part) => part.split(':').filter(Boolean));
  const zeros = Array.from({ length: Math.max(0, GROUPS - before.length - after.length) }, () => '0');
  const groups = [...before, ...zeros, ...after].map((group) => group.replace(/^0+(?=.)/, ''));
  return `${groups.slice(0, GROUPS_OF_A_CLIENT).join(':')}::/${GROUPS_OF_A_CLIENT * 16}`;
}
