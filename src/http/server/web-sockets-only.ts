import { IncomingMessage } from 'node:http';

/**
 * Treats requests that offer another protocol than WebSocket like any other (RFC 9110, 7.8: the offer may be ignored).
 * Java's HttpClient and `curl --http2` offer `h2c` with every request; a Node server with a listener for `upgrade`
 * gives all of these to it, and none to its routes. Node 20 does not have `shouldUpgradeCallback`, as newer releases
 * do.
 */
class WebSocketsOnly extends IncomingMessage {
  // Only declared: Node's constructor sets `upgrade` before fields of this class would be initialized.
  declare private offered: boolean | null;

  /** Node's own value, for WebSockets only. Node reads it when the headers are complete. */
  get upgrade(): boolean | null {
    return this.offered && (this.method === 'CONNECT' || wantsWebSocket(this));
  }

  set upgrade(offered: boolean | null) {
    this.offered = offered;
  }
}

/** Options for `createServer`: `upgrade` listeners get WebSockets, routes everything else. */
export const webSocketsOnly = { IncomingMessage: WebSocketsOnly };

function wantsWebSocket({ method, headers }: IncomingMessage): boolean {
  return method === 'GET' && /(^|,)\s*websocket\s*(,|$)/i.test(headers.upgrade ?? '');
}
