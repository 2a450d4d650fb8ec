import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import type { Operation } from '../../src/http/openapi/operation.ts';
import {
  EXAMPLE_CHAT,
  EXAMPLE_FILE,
  EXAMPLE_RUN,
  EXAMPLE_WORKSPACE,
  type Example,
} from '../../src/http/routing/documentation.ts';
import type { Needs } from '../../src/http/routing/route.ts';
import { allEvents, post } from '../support/events.ts';
import { documentedOperations } from '../support/operations.ts';
import { type Service, startService } from '../support/service.ts';

const NAMED = documentedOperations.map(
  (operation) => [`${operation.method.toUpperCase()} ${operation.path}`, operation] as const,
);

interface Document {
  openapi: string;
  paths: Record<
    string,
    Record<string, { responses: Record<string, Documented>; operationId: string; 'x-needs': Needs }>
  >;
  components: { schemas: Record<string, object> };
}

interface Documented {
  content?: Record<string, { schema: object }>;
}

let service: Service;
let document: Document;
let ajv: Ajv2020;
let exampleRun: string;
let exampleWorkspace: string;
let exampleFile: string;

beforeAll(async () => {
  service = await startService({ config: { retry: { attempts: 1 } } });
  document = await (await fetch(`${service.url}/openapi.json`)).json();
  ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(closed({ $id: 'document', components: document.components }));
  const messages = [{ role: 'user', content: 'The first question' }];
  const response = await post(`${service.url}/api/chat`, { chatId: EXAMPLE_CHAT, messages });
  exampleRun = response.headers.get('x-run-id') ?? '';
  await response.text();
  const made = await post(`${service.url}/api/workspaces`, {
    files: [{ name: 'notes.md', text: '# Notes\n' }],
  });
  exampleWorkspace = (await made.json()).workspace.id;
  const uploaded = await fetch(`${service.url}/api/files?name=a.txt`, { method: 'POST', body: 'Some text' });
  exampleFile = (await uploaded.json()).id;
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

describe('the document', () => {
  it('[WIRE-6] is OpenAPI 3.1, and every reference in it resolves', () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const names = Array.from(JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g));
    expect(names.length).toBeGreaterThan(20);
    for (const [, name = ''] of names) expect(Object.keys(document.components.schemas)).toContain(name);
    const ids = Object.values(document.paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    );
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('[WIRE-6] describes every parameter of a path, and what a principal needs', () => {
    for (const { path, params, needs } of documentedOperations) {
      const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name]) => name);
      expect([path, Object.keys(params?.shape ?? {})]).toEqual([path, names]);
      const isWrite = needs !== 'public' && needs.action === 'write';
      expect(Object.values(document.paths[path] ?? {}).map((each) => each['x-needs'])).toContainEqual(needs);
      if (path.includes('complete') || path === '/api/chat') expect([path, isWrite]).toEqual([path, true]);
    }
  });

  it('[WIRE-6] has a page without scripts and without anything from elsewhere', async () => {
    const response = await fetch(`${service.url}/docs`);
    expect(response.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-/,
    );
    const html = await response.text();
    for (const { path, summary } of documentedOperations) {
      expect(html).toContain(path);
      expect(html).toContain(summary);
    }
    expect(html).not.toMatch(/<script|https?:\/\/(?!127)|style=/);
  });

  it('[WIRE-6] [SSE-3] describes the events of the native stream', async () => {
    const isEvent = validator({ $ref: 'document#/components/schemas/RunEvent' });
    for (const behaviour of [
      'reasoning="Hm", tokens=20',
      'error, at=2',
      'rate_limit, times=1, key=openapi',
    ]) {
      const messages = [{ role: 'user', content: `[[simulate: ${behaviour}, delay_ms=0]]` }];
      for (const { id: _, ...event } of await allEvents(post(`${service.url}/api/chat`, { messages }))) {
        expect([event, isEvent(event), isEvent.errors]).toEqual([event, true, null]);
      }
    }
  });
});

describe('every documented example', () => {
  const sent = NAMED.flatMap(([name, operation]) =>
    operation.examples.map((example) => [`${name}: ${example.name}`, operation, example] as const),
  );

  it.each(sent)('[WIRE-6] %s', async (_name, operation, example) => {
    const response = await send(operation, example);
    expect(response.status).toBe(example.status);
    await conforms(operation, response);
  });
});

describe('generated input', () => {
  it.each(NAMED)(
    '[WIRE-6] [ERR-1] %s: never a 5xx, never a hang, always as documented',
    async (_name, operation) => {
      await fc.assert(
        fc.asyncProperty(requestsTo(operation), async (request) => {
          const response = await send(operation, request);
          expect([response.status, request]).toEqual([expect.any(Number), request]);
          expect(response.status).toBeLessThan(500);
          await conforms(operation, response);
        }),
        { numRuns: 150, endOnFailure: true },
      );
    },
    60_000,
  );

  it('[ERR-1] unknown paths and methods', async () => {
    const isError = validator({ $ref: 'document#/components/schemas/Error' });
    for (const path of ['/api/chat/%E0%A4%A', '/api/nothing', '/v1/nothing', '/api/chat/%2e%2e/stream']) {
      const response = await fetch(`${service.url}${path}`);
      expect(response.status).toBeLessThan(500);
      if (!path.startsWith('/v1')) expect(isError(await response.json())).toBe(true);
    }
    for (const { path } of documentedOperations) {
      const response = await fetch(`${service.url}${path.replaceAll(/\{\w+\}/g, 'x')}`, { method: 'PUT' });
      expect([path, [404, 405].includes(response.status)]).toEqual([path, true]);
      await response.body?.cancel();
    }
  });
});

async function send(
  operation: Operation,
  { params, query, headers, body }: Omit<Example, 'name' | 'status'>,
) {
  const run = (value: string) =>
    value
      .replaceAll(EXAMPLE_RUN, exampleRun)
      .replaceAll(EXAMPLE_WORKSPACE, exampleWorkspace)
      .replaceAll(EXAMPLE_FILE, exampleFile);
  const target = operation.path.replaceAll(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(run(params?.[name] ?? 'x')),
  );
  const search = new URLSearchParams(query && Object.entries(query).map(([key, value]) => [key, run(value)]));
  const type = operation.upload ? 'text/plain' : 'application/json';
  return fetch(`${service.url}${target}?${search}`, {
    method: operation.method.toUpperCase(),
    headers: { ...(body === undefined ? {} : { 'content-type': type }), ...headers },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    signal: AbortSignal.timeout(60_000),
  });
}

/** Reads the response, and validates it against the document. */
async function conforms({ method, path }: Operation, response: Response): Promise<void> {
  const responses = document.paths[path]?.[method]?.responses ?? {};
  const documented = responses[response.status] ?? (response.ok ? undefined : responses.default);
  if (!documented) throw new Error(`${method} ${path} does not document ${response.status}`);
  const type = response.headers.get('content-type')?.split(';')[0] ?? '';
  const text = await response.text();
  if (!documented.content) return expect([response.status, text]).toEqual([response.status, '']);
  // Exports can be Markdown, completions a stream; files have a type of their own.
  const isOther = ['text/event-stream', 'text/markdown', 'text/plain'].includes(type);
  if (response.ok && isOther) return;
  const { schema } = documented.content[type] ?? {};
  if (!schema) throw new Error(`${method} ${path} does not document ${type} for ${response.status}`);
  const isAsDocumented = validator(schema);
  const value = JSON.parse(text);
  expect([value, isAsDocumented(value), isAsDocumented.errors]).toEqual([value, true, null]);
}

const validators = new Map<string, ValidateFunction>();

function validator(schema: object): ValidateFunction {
  const key = JSON.stringify(closed(schema)).replaceAll('"#/components', '"document#/components');
  const known = validators.get(key) ?? ajv.compile(JSON.parse(key));
  validators.set(key, known);
  return known;
}

/** The document allows additional fields; this server must not send any that are not documented. */
function closed<Schema>(schema: Schema): Schema {
  return JSON.parse(
    JSON.stringify(schema, (_key, value) =>
      value?.type === 'object' && value.properties && value.additionalProperties === undefined
        ? { ...value, additionalProperties: false }
        : value,
    ),
  );
}

/** Random requests, and the examples of the operation with one value replaced. */
function requestsTo({ path, query, body, headers, examples }: Operation) {
  const names = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => name);
  const id = fc.oneof(
    fc.constantFrom(EXAMPLE_CHAT, EXAMPLE_RUN, EXAMPLE_WORKSPACE, EXAMPLE_FILE, '__proto__', '..', ' '),
    fc.string({ minLength: 1, maxLength: 200, unit: 'binary' }).filter((text) => text.isWellFormed()),
  );
  const value = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom('', '0', '-1', '1e309', 'NaN', 'null', '[]', 'ui', `${EXAMPLE_RUN}:1`),
  );
  const known = Object.keys(query?.shape ?? {});
  const bodies = examples.map((example) => example.body).filter((each) => each !== undefined);
  return fc.record({
    params: fc.record(Object.fromEntries(names.map((name) => [name, id]))),
    query: fc.dictionary(fc.oneof(fc.constantFrom('x', ...known), fc.string({ maxLength: 5 })), value, {
      maxKeys: 3,
    }),
    headers: headers
      ? fc.dictionary(fc.constantFrom(...headers), fc.stringMatching(/^[!-~]{1,300}$/), { maxKeys: 2 })
      : fc.constant({}),
    body: body
      ? fc.oneof(
          { weight: 1, arbitrary: fc.oneof(fc.jsonValue(), fc.string()) },
          { weight: 3, arbitrary: fc.constantFrom(...bodies).chain(mutated) },
        )
      : fc.constant(undefined),
  });
}

function mutated(body: unknown): fc.Arbitrary<unknown> {
  const places = placesIn(body);
  const noise = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('', '\u0000', '\ud800', -1, 1e308, [], {}, null, 'a'.repeat(300_000)),
  );
  return fc
    .tuple(fc.constantFrom(...places), fc.option(noise, { nil: undefined }))
    .map(([place, value]) => replaced(body, place, value));
}

function placesIn(value: unknown, place: readonly string[] = []): Array<readonly string[]> {
  if (typeof value !== 'object' || value === null) return [place];
  const within = Object.entries(value).flatMap(([key, each]) => placesIn(each, [...place, key]));
  return [place, [...place, 'unknown'], ...within];
}

function replaced(value: unknown, [key, ...rest]: readonly string[], by: unknown): unknown {
  if (key === undefined || typeof value !== 'object' || value === null) return by;
  const copy: Record<string, unknown> = { ...value };
  copy[key] = replaced(copy[key], rest, by);
  return Array.isArray(value) ? Object.values(copy) : copy;
}
