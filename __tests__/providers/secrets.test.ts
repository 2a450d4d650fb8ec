import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { configFrom } from '../../src/config.ts';
import { ProviderError } from '../../src/errors.ts';
import { createLogger } from '../../src/logger.ts';
import { azure } from '../../src/providers/azure.ts';
import { openai } from '../../src/providers/openai-dialects.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { startServer } from '../../src/server.ts';
import { allEvents, ask } from '../support/events.ts';
import { openaiWire } from '../support/fake-openai.ts';
import { startFake } from '../support/fake-provider.ts';

const SECRET = 'sk-secret-0123456789';
const LONG_SECRET = 'sk-long-0123456789abcdefghij';

/** What a provider is told to have said that refused. */
async function refusal(provider: Provider): Promise<ProviderError> {
  const prompt = { messages: [{ role: 'user' as const, content: 'Hi' }], parameters: {} };
  const ignore = () => {};
  const sink = { content: ignore, reasoning: ignore, redact: ignore, status: ignore, emit: ignore };
  const answer = provider.attempt('model', prompt)(sink, new AbortController().signal);
  const error = await answer.catch((cause: unknown) => cause);
  if (!(error instanceof ProviderError)) throw new Error('not refused');
  return error;
}

it.each([1, 11, 12, 13, 20, 27, 28])(
  "[OPS-1] nor does a part of it, where its provider's words are cut (%i)",
  async (kept) => {
    await using fake = await startFake(openaiWire());
    const longest = 2_000;
    const before = 'x'.repeat(longest - kept - '{"error":{"message":"'.length);
    for (const message of [
      `${'x'.repeat(longest - kept)}${LONG_SECRET}`,
      `${before} ${LONG_SECRET} ${LONG_SECRET.slice(0, 15)}…`,
    ]) {
      fake.reply = { raw: { status: 401, body: JSON.stringify({ error: { message } }) } };
      const provider = openai({ apiKey: LONG_SECRET, baseUrl: fake.url });
      const { providerMessage } = await refusal(provider);
      expect(providerMessage).toContain('xxx');
      expect(providerMessage).not.toContain(LONG_SECRET.slice(0, 12));
    }
  },
);

it('[OPS-1] nor does a token from a token provider', async () => {
  await using fake = await startFake(openaiWire());
  fake.reply = { refuse: 'auth' };
  for (const apiVersion of ['v1', '2024-10-21']) {
    const provider = azure({ endpoint: fake.url, apiVersion, credential: async () => LONG_SECRET });
    expect((await refusal(provider)).providerMessage).toContain('Incorrect API key provided ([redacted])');
  }
  expect(fake.requests.map(({ headers }) => headers.authorization)).toEqual(
    Array(2).fill(`Bearer ${LONG_SECRET}`),
  );
});

it('[OPS-1] a key that its provider repeats reaches neither log, nor client, nor database', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'secrets-'));
  await using fake = await startFake(openaiWire());
  fake.reply = { refuse: 'auth' };
  const config = configFrom({
    environment: 'development',
    server: { port: 0 },
    logging: { level: 'trace', logContent: true },
    database: { url: `file:${folder}/chat.db` },
    access: { openai: { apiKey: SECRET, baseUrl: fake.url } },
  });
  let lines = '';
  const destination = new Writable({
    write(chunk, _encoding, done) {
      lines += String(chunk);
      done();
    },
  });
  let told = '';
  {
    await using server = await startServer(config, { logger: createLogger(config, destination) });
    told = JSON.stringify(await allEvents(ask(server.url, 'Hi')));
  }
  expect(fake.requests[0]?.headers.authorization).toBe(`Bearer ${SECRET}`);
  expect(told).toContain('Incorrect API key provided ([redacted])');
  expect(lines).toContain('provider_auth_failed');
  const stored = await readFile(join(folder, 'chat.db'), 'latin1');
  expect(stored).toContain('Incorrect API key provided');
  for (const text of [told, lines, stored]) expect(text).not.toContain(SECRET);
  await rm(folder, { recursive: true });
});
