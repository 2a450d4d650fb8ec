import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import proxyAddr from 'proxy-addr';

/** `[2001:db8::1]:443`, `192.0.2.1:443`: some proxies add the port of the client. */
const WITH_PORT = /^(?:\[(?<ipv6>[^\]]+)\](?::\d+)?|(?<ipv4>[\d.]+):\d+)$/;

/**
 * From which addresses requests come. Where a socket is one of a trusted proxy, that is what the proxy says in
 * `X-Forwarded-For`: the last entry that is not a trusted proxy itself. Everything before it is what the client wrote.
 */
export class ClientAddresses {
  readonly #isTrusted: ((address: string, hop: number) => boolean) | null;

  /**
   * `trustedProxies`: addresses and networks (`10.0.0.0/8`), `loopback`, `linklocal`, `uniquelocal`. Empty: the header
   * is not looked at. Throws TypeError for one that is none of these.
   */
  constructor(trustedProxies: readonly string[]) {
    this.#isTrusted = trustedProxies.length > 0 ? proxyAddr.compile([...trustedProxies]) : null;
  }

  /** '': the client has left. */
  of(request: IncomingMessage): string {
    const { remoteAddress = '' } = request.socket;
    const isTrusted = this.#isTrusted;
    if (isTrusted === null || remoteAddress === '') return remoteAddress;
    const hops = proxyAddr.all(request, (address, hop) => isTrusted(withoutPort(address), hop));
    // The nearest first. What is no address (`unknown`) says nothing: then the proxy counts that wrote it.
    return hops.map(withoutPort).findLast((address) => isIP(address) !== 0) ?? remoteAddress;
  }
}

function withoutPort(address: string): string {
  const { ipv4, ipv6 } = WITH_PORT.exec(address)?.groups ?? {};
  return ipv6 ?? ipv4 ?? address;
}
