import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { bodyOf, nodeFetch } from '../../src/providers/connection/node-fetch.ts';

/** More than Node's own pools keep. */
const AT_ONCE = 300;

describe('requests to providers', () => {
  it('[PROV-1] reuse the connections of an earlier burst', async () => {
    const waiting: Array<() => void> = [];
    const server = createServer((_request, response) => {
      // All at once, or some could share a connection already.
      if (waiting.push(() => response.end('an answer')) === AT_ONCE)
        for (const answer of waiting.splice(0)) answer();
    });
    let connections = 0;
    server.on('connection', () => {
      connections += 1;
    });
    server.listen(0, '127.0.0.1', 1024);
    await once(server, 'listening');
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
    const burst = () =>
      Promise.all(
        Array.from({ length: AT_ONCE }, async () => {
          const body = bodyOf(await nodeFetch(url, { method: 'POST', body: 'a question' }));
          await once(body.resume(), 'close');
        }),
      );
    try {
      await burst();
      await burst();
      expect(connections).toBe(AT_ONCE);
    } finally {
      server.closeAllConnections();
      server.close();
    }
  });
});
