import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { createService, loadConfig } from 'llm-streaming-service';
import { chatMiddleware } from 'llm-streaming-service/express';

// DATABASE_URL, PORT and the keys of providers come from the environment, or from .env.
const service = await createService(loadConfig());

const app = express();
app.get('/', (_request, response) => {
  response.send('An application of its own, with chats at /api/chat');
});
// Whoever may not ask is kept out by middleware before this.
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
