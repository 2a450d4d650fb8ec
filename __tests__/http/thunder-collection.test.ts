import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { allEvents, terminalOf } from '../support/events.ts';
import { documentedOperations } from '../support/operations.ts';
import { startService } from '../support/service.ts';

const ADDRESS = 'http://127.0.0.1:3000';

const text = readFileSync('thunder-collection.json', 'utf8');
const collection = z
  .object({
    clientName: z.literal('Thunder Client'),
    requests: z.array(
      z.object({
        name: z.string(),
        url: z.string(),
        method: z.string(),
        headers: z.array(z.object({ name: z.string(), value: z.string() })),
        body: z.object({ type: z.literal('json'), raw: z.string() }).optional(),
        tests: z.array(z.object({ type: z.literal('res-code'), value: z.coerce.number() })).length(1),
      }),
    ),
  })
  .parse(JSON.parse(text));

describe('the Thunder Client collection', () => {
  it('needs nothing but to be imported', () => {
    // Thunder Client does not keep the variables of a collection in its file.
    expect(text).not.toContain('{{');
    expect(collection.requests.map(({ url }) => url.startsWith(`${ADDRESS}/`))).not.toContain(false);
    expect(collection.requests.map(({ name }) => name)).toContain('Chat');
  });

  it('[WIRE-6] asks only for what the document describes', () => {
    const operations = documentedOperations.map(({ method, path }) => ({
      method: method.toUpperCase(),
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    }));
    for (const { name, url, method } of collection.requests) {
      const { pathname } = new URL(url);
      const known = operations.some((each) => each.method === method && each.pattern.test(pathname));
      expect([name, known]).toEqual([name, true]);
    }
  });

  it('each request, sent in order as it is, is answered as it says, twice', async () => {
    // As the built-in simulator answers, without its pauses.
    const chunks = ['Done.\n\n**notes.md**\n\n```\n# Notes\n- one\n```\n'];
    await using server = await startService({ script: { chunks, delayMs: 0, firstDelayMs: 0 } });
    for (const _run of ['first', 'second']) {
      const answered: Array<[string, number]> = [];
      for (const { name, url, method, headers, body } of collection.requests) {
        const response = await fetch(url.replace(ADDRESS, server.url), {
          method,
          headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])),
          ...(body ? { body: body.raw } : {}),
        });
        answered.push([name, response.status]);
        if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
          expect(terminalOf(await allEvents(response)).type).toBe('complete');
        } else {
          await response.text();
        }
      }
      expect(answered).toEqual(collection.requests.map(({ name, tests: [test] }) => [name, test?.value]));
    }
    expect(collection.requests.length).toBeGreaterThan(10);
  });
});
