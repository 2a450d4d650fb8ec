import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createService, loadConfig } from 'llm-streaming-service';
import { chatHandler, OriginPolicy } from 'llm-streaming-service/http';

// DATABASE_URL, PORT and the keys of providers come from the environment, or from .env.
const service = await createService(loadConfig(), {
  // Who sends this request? Null: nobody you know, which is a 401. An application looks at its session here.
  authenticate: async () => ({ userId: 'ada', tenantId: 'default', scopes: ['chat'], keyId: null }),
});
// Whose pages may ask: this server's own, and those that server.allowed_origins lists.
const origins = new OriginPolicy(service.config.server.allowedOrigins);
const chats = chatHandler(service, { at: '/api', origins });

const server = createServer(async (request, response) => {
  if (await chats(request, response)) return;
  if (request.url === '/') response.end('An application of its own, with chats at /api/chat');
  else response.writeHead(404).end();
});

// Those who watch chats and edit files, with ShareDB's client at /sharedb. What throws keeps somebody out: here pages
// of other origins, which browsers let connect to any server.
const viewers = service.viewers((request) => origins.admit(request));
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
