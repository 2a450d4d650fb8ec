import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { allEvents, terminalOf } from '../support/events.ts';
import { createKey } from '../support/keys.ts';
import { documentedOperations } from '../support/operations.ts';
import { type Service, startService } from '../support/service.ts';

const ADDRESS = 'http://127.0.0.1:3000';

const codeTest = z.object({ type: z.literal('res-code'), value: z.coerce.number() });
/** Keeps a value of the reply for the requests after it: `json.messages[0].id` as `{{messageId}}`. */
const variableTest = z.object({
  type: z.literal('set-env-var'),
  custom: z.string().startsWith('json.'),
  action: z.literal('setto'),
  value: z.string().regex(/^\{\{\w+\}\}$/),
});

const text = readFileSync('thunder-collection.json', 'utf8');
const collection = z
  .object({
    clientName: z.literal('Thunder Client'),
    requests: z.array(
      z.object({
        name: z.string(),
        url: z.string().startsWith(`${ADDRESS}/`),
        method: z.string(),
        headers: z.array(z.object({ name: z.string(), value: z.string() })),
        body: z.object({ type: z.literal('json'), raw: z.string() }).optional(),
        tests: z.tuple([codeTest], variableTest),
      }),
    ),
  })
  .parse(JSON.parse(text));

/** Operations that the collection does not have, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  'POST /api/session': 'It is for pages; its cookie would then answer for requests that have a wrong key.',
  'POST /api/session/oidc': 'It leads a browser to the provider.',
  'GET /api/session/oidc/callback': 'The provider leads a browser there.',
  'GET /api/v1/llm/complete/stream': 'For EventSource; the same as POST /api/v1/llm/complete.',
  'GET /api/v1/llm/providers': 'As GET /api/models.',
  'GET /api/v1/llm/providers/{provider}/models': 'As GET /api/models.',
  'GET /api/v1/llm/health': 'As GET /readyz.',
  'GET /v1/models/{model}': 'As GET /v1/models.',
};

describe('the Thunder Client collection', () => {
  it('needs nothing but to be imported, and with authentication the variable apiKey', () => {
    expect(collection.requests.map(({ name }) => name)).toContain('Chat');
    // Every other variable is set by a request before.
    const known = new Set(['apiKey']);
    for (const { tests, ...request } of collection.requests) {
      for (const [, used = ''] of JSON.stringify(request).matchAll(/\{\{(\w+)\}\}/g))
        expect([request.name, used, known.has(used)]).toEqual([request.name, used, true]);
      for (const { value } of tests.slice(1)) known.add(String(value).slice(2, -2));
    }
  });

  it('[AUTH-3] sends the key with everything that needs one', () => {
    const without = collection.requests.filter(
      ({ headers }) =>
        !headers.some(({ name, value }) => name === 'Authorization' && value === 'Bearer {{apiKey}}'),
    );
    expect(without.map(({ name }) => name)).toEqual([
      'Is it alive?',
      'Is it ready?',
      'Export by the link, without a header',
      'A ticket for who has the share',
    ]);
  });

  it('[WIRE-6] asks only for what the document describes, and for all of it', () => {
    const operations = documentedOperations.map(({ method, path }) => ({
      name: `${method.toUpperCase()} ${path}`,
      method: method.toUpperCase(),
      pattern: new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
    }));
    const used = new Set<string>();
    for (const { name, url, method } of collection.requests) {
      const { pathname } = new URL(url);
      const known = operations.find((each) => each.method === method && each.pattern.test(pathname));
      expect([name, known !== undefined]).toEqual([name, true]);
      used.add(known?.name ?? '');
    }
    const missing = operations.map(({ name }) => name).filter((name) => !used.has(name));
    expect(missing.sort()).toEqual(Object.keys(LEFT_OUT).sort());
  });

  it.each([
    ['without authentication, where the variable is not set', []],
    ['with a key', ['keys'] as const],
  ])('each request, sent in order as it is, is answered as it says, twice: %s', async (_, methods) => {
    // As the built-in simulator answers, without its pauses.
    const chunks = ['Done.\n\n**notes.md**\n\n```\n# Notes\n- one\n```\n'];
    await using server = await startService({
      config: { auth: { methods: [...methods] } },
      script: { chunks, delayMs: 0, firstDelayMs: 0 },
    });
    const scopes = ['admin' as const];
    const variables = new Map<string, string>();
    if (methods.length > 0) variables.set('apiKey', (await createKey(server.databaseFile, { scopes })).text);
    for (const _run of ['first', 'second']) {
      const answered: Array<[string, number]> = [];
      for (const request of collection.requests)
        answered.push([request.name, await send(server, request, variables)]);
      expect(answered).toEqual(collection.requests.map(({ name, tests: [test] }) => [name, test.value]));
    }
    expect(collection.requests.length).toBeGreaterThan(30);
  });
});

/** Sends a request as Thunder Client does. Returns the status. */
async function send(
  server: Service,
  { url, method, headers, body, tests }: (typeof collection.requests)[number],
  variables: Map<string, string>,
): Promise<number> {
  // One that is not set stays as it is written.
  const filled = (template: string) =>
    template.replaceAll(/\{\{(\w+)\}\}/g, (written, name) => variables.get(name) ?? written);
  const response = await fetch(filled(url.replace(ADDRESS, server.url)), {
    method,
    headers: Object.fromEntries(headers.map(({ name, value }) => [name, filled(value)])),
    ...(body ? { body: filled(body.raw) } : {}),
  });
  if (response.headers.get('content-type')?.startsWith('text/event-stream')) {
    expect(terminalOf(await allEvents(response)).type).toBe('complete');
    return response.status;
  }
  const reply = await response.text();
  const [, ...kept] = tests;
  for (const { custom, value } of kept) variables.set(value.slice(2, -2), valueAt(JSON.parse(reply), custom));
  return response.status;
}

/** `json.messages[0].id` */
function valueAt(json: unknown, path: string): string {
  const steps = path
    .replace(/^json\./, '')
    .split(/[.[\]]+/)
    .filter(Boolean);
  return String(steps.reduce((value: unknown, step) => Object(value)[step], json));
}
