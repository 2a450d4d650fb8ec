import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createService, loadConfig, OriginPolicy } from 'llm-streaming-service';
import { chatHandler } from 'llm-streaming-service/http';

// DATABASE_URL, PORT and the keys of providers come from the environment, or from .env.
const service = await createService(loadConfig());
const chats = chatHandler(service, { at: '/api' });

const server = createServer(async (request, response) => {
  // Whoever may not ask is kept out here.
  if (await chats(request, response)) return;
  if (request.url === '/') response.end('An application of its own, with chats at /api/chat');
  else response.writeHead(404).end();
});

// Those who watch chats and edit files, with ShareDB's client at /sharedb. What throws keeps somebody out: here pages of
// other origins, which browsers let connect to any server.
const origins = new OriginPolicy(service.config.server.allowedOrigins);
const viewers = service.viewers(({ headers: { host, origin } }) => origins.check(host, origin));
server.on('upgrade', viewers.upgrade);

server.listen(service.config.server.port, '127.0.0.1');
await once(server, 'listening');
console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

process.once('SIGTERM', async () => {
  // Answers may finish for server.drain_ms; what is left is settled as interrupted.
  await service.drain();
  await viewers[Symbol.asyncDispose]();
  server.close();
  await once(server, 'close');
  await service[Symbol.asyncDispose]();
});
