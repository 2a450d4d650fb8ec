import fastify from 'fastify';
import { createLLMFunction, createService, loadConfig } from 'llm-streaming-service';
import { chatPlugin } from 'llm-streaming-service/fastify';

// DATABASE_URL, PORT and the keys of providers come from the environment, or from .env.
const service = await createService(loadConfig(), {
  // Who sends this request? Null: nobody you know, which is a 401. An application looks at its session here.
  authenticate: async () => ({ userId: 'ada', tenantId: 'default', scopes: ['chat'], keyId: null }),
});
// The default model of the service, for questions that are no chat.
const llm = createLLMFunction({ model: service.models.resolve(undefined, { temperature: 0 }) });

const app = fastify();
app.get('/', async () => 'An application of its own, with chats at /api/chat');
app.post<{ Body: { text: string } }>('/summaries', async ({ body }) => {
  const { content } = await llm(`Say it in one sentence: ${body.text}`);
  return { summary: content };
});
await app.register(chatPlugin, { prefix: '/api', service });

console.log(await app.listen({ port: service.config.server.port, host: '127.0.0.1' }));

process.once('SIGTERM', async () => {
  // Answers may finish for server.drain_ms; what is left is settled as interrupted.
  await service.drain();
  await app.close();
  await service[Symbol.asyncDispose]();
});
