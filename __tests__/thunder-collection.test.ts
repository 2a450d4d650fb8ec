import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { allEvents, terminalOf } from './support/events.ts';
import { startService } from './support/service.ts';

const collection = z
  .object({
    settings: z.object({ envVars: z.array(z.object({ name: z.string(), value: z.string() })) }),
    requests: z.array(
      z.object({
        name: z.string(),
        url: z.string(),
        method: z.string(),
        headers: z.array(z.object({ name: z.string(), value: z.string() })),
        body: z.object({ raw: z.string() }).optional(),
        tests: z.array(z.object({ type: z.literal('res-code'), value: z.coerce.number() })).length(1),
      }),
    ),
  })
  .parse(JSON.parse(readFileSync('thunder-collection.json', 'utf8')));

describe('the Thunder Client collection', () => {
  it('each request, sent in order to a running server, is answered as the collection says', async () => {
    // An answer that edits, so that there is something to undo.
    await using service = await startService({
      script: {
        chunks: ['Done.\n\n**notes.md**\n\n```\n# Notes\n- one\n```\n'],
        delayMs: 0,
        firstDelayMs: 0,
      },
    });
    const variables = new Map(collection.settings.envVars.map(({ name, value }) => [name, value]));
    variables.set('baseUrl', service.url);
    variables.set('model', 'test-deployment');
    const filled = (text: string) =>
      text.replaceAll(/\{\{(\w+)\}\}/g, (whole, name: string) => variables.get(name) ?? whole);

    const answered: Record<string, number> = {};
    for (const { name, url, method, headers, body } of collection.requests) {
      const response = await fetch(filled(url), {
        method,
        headers: Object.fromEntries(headers.map(({ name, value }) => [name, value])),
        ...(body ? { body: filled(body.raw) } : {}),
      });
      answered[name] = response.status;
      if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
        expect(terminalOf(await allEvents(response)).type).toBe('complete');
      } else {
        const text = await response.text();
        // Whoever clicks copies it from the answer.
        if (name === 'Make a workspace') variables.set('workspaceId', JSON.parse(text).workspace.id);
      }
    }
    const expected = collection.requests.map(({ name, tests: [test] }) => [name, test?.value]);
    expect(answered).toEqual(Object.fromEntries(expected));
    expect(collection.requests.length).toBeGreaterThan(10);
  });
});
