/** An IPv4 address as sockets that listen for IPv6 show it. */
const MAPPED = /^::ffff:(?<ipv4>\d+\.\d+\.\d+\.\d+)$/i;

/** Of an IPv6 address: a client usually has all addresses of a /64. */
const GROUPS_OF_A_CLIENT = 4;
const GROUPS = 8;

/** What stands for the client at an address, to count by: an IPv4 address, or the first 64 bits of an IPv6 one. */
export function clientNetwork(clientAddress: string): string {
  const [address = ''] = clientAddress.split('%');
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
