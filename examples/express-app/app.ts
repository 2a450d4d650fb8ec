import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createService, loadConfig } from 'llm-streaming-service';
import { chatMiddleware } from 'llm-streaming-service/express';

// DATABASE_URL, PORT and the keys of providers come from the environment, or from .env.
const service = await createService(loadConfig(), {
  // Who sends this request? Null: nobody you know, which is a 401. An application looks at its session here.
  authenticate: async () => ({ userId: 'ada', tenantId: 'default', scopes: ['chat'], keyId: null }),
});

const app = express();
app.get('/', (_request, response) => {
  response.send('An application of its own, with chats at /api/chat');
});
app.use('/api', chatMiddleware(service));

const server = app.listen(service.config.server.port, '127.0.0.1');
await once(server, 'listening');
console.log(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);

process.once('SIGTERM', async () => {
  // Answers may finish for server.drain_ms; what is left is settled as interrupted.
  await service.drain();
  server.close();
  await once(server, 'close');
  await service[Symbol.asyncDispose]();
});
