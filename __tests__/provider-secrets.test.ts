import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { configFrom } from '../src/config.ts';
import { createLogger } from '../src/logger.ts';
import { startServer } from '../src/server.ts';
import { allEvents, ask } from './support/events.ts';
import { openaiWire } from './support/fake-openai.ts';
import { startFake } from './support/fake-provider.ts';

const SECRET = 'sk-secret-0123456789';

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
