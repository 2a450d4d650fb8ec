import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { DOORS, HOSTILE_VALUES, PLACES } from '../../scripts/survival/hostile-json.ts';
import { leastCpuOf } from '../support/cpu-time.ts';
import { post } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

/** Of the response to a body with thousands of mistakes. */
const MOST_BYTES = 100_000;
/**
 * Of this process, which sends the request as well; µs. It takes up to half a second; a check of every element, or a
 * message for each of them, takes minutes.
 */
const MOST_CPU = 5_000_000;

describe('a body full of mistakes', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  async function refusedBriefly(method: string, path: string, body: string): Promise<string> {
    let status = 0;
    let answer = '';
    const send = async () => {
      const headers = { 'content-type': 'application/json' };
      const response = await fetch(service.url + path, { method, body, headers });
      status = response.status;
      answer = await response.text();
    };
    expect(await leastCpuOf(send, { times: 3, enough: MOST_CPU })).toBeLessThan(MOST_CPU);
    expect(answer.length).toBeLessThan(MOST_BYTES);
    expect([400, 404]).toContain(status);
    const { error } = JSON.parse(answer) as { error: { message: string; details?: unknown[] } };
    expect(error.details?.length ?? 0).toBeLessThanOrEqual(20);
    return error.message;
  }

  it.each(DOORS)(
    '[LIMIT-2] [ERR-1] gets a short error from %s %s, wherever the mistakes are',
    async (method, path) => {
      for (const [, json] of HOSTILE_VALUES) {
        for (const [, body] of PLACES) await refusedBriefly(method, path, body(json(20_000)));
      }
      expect(service.query('SELECT count(*) AS n FROM Chat')).toEqual([{ n: 0 }]);
      expect(service.query('SELECT count(*) AS n FROM Workspace')).toEqual([{ n: 0 }]);
      expect(service.simulator.requests).toHaveLength(0);
    },
  );

  it.each(HOSTILE_VALUES)('[LIMIT-2] of 4 MB: %s', async (_what, json) => {
    const size = 3_300_000 / (json(20_000).length / 20_000);
    for (const [, path] of DOORS.slice(0, 3)) {
      for (const [, body] of PLACES.slice(1, 4)) await refusedBriefly('POST', path, body(json(size)));
    }
  });

  it('[ERR-1] says how many more mistakes there are', async () => {
    const unknown = Object.fromEntries(Array.from({ length: 1_000 }, (_, index) => [`field${index}`, 0]));
    const messages = [{ role: 'user', content: 'x' }];
    const { error } = await (await post(`${service.url}/api/chat`, { messages, ...unknown })).json();
    expect(error.details).toHaveLength(20);
    expect(error.message).toMatch(/; and 980 more$/);
  });

  it('[ERR-1] names a long key by its beginning', async () => {
    const body = { messages: [{ role: 'user', content: 'x' }], ['k'.repeat(10_000)]: 1 };
    const { error } = await (await post(`${service.url}/api/chat`, body)).json();
    expect(error.details).toEqual([{ field: `${'k'.repeat(100)}…`, message: 'is not a known field' }]);
  });

  it.each([201, 1_000, 10_000, 1_000_000])(
    '[ERR-1] JSON that is %i levels deep is a 400 with that reason, in every place',
    async (levels) => {
      const deep = `${'['.repeat(levels)}${']'.repeat(levels)}`;
      for (const [method, path] of DOORS) {
        for (const [, body] of PLACES)
          expect(await refusedBriefly(method, path, body(deep))).toContain('levels deep');
      }
      const query = new URLSearchParams({
        messages: '[{"role":"user","content":"x"}]',
        options: `{"responseFormat":{"type":"json_schema","schema":{"x":${deep.slice(-300)}${deep.slice(-300)}}}}`,
      });
      expect((await fetch(`${service.url}/api/v1/llm/complete/stream?${query}`)).status).toBe(400);
    },
  );

  it('[LIMIT-2] brackets in a text do not count as levels', async () => {
    const content = `${'[{"\\'.repeat(5_000)}"`;
    const response = await post(`${service.url}/api/chat`, { messages: [{ role: 'user', content }] });
    expect(response.status).toBe(200);
    await response.text();
  });
});

describe('schemas of requests', () => {
  /** Files whose schemas are not for requests or have bounds of their own, and the one that defines bounded schemas. */
  const OTHERS =
    /^src\/(config|providers|simulator|store|mirror|sharedb|workspaces\/documents|client|web|http\/schemas)\/|chat\/validation\.ts$/;

  it('[LIMIT-2] have no list or record whose length is not checked before its elements', () => {
    const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
      .map((path) => join('src', path))
      .filter((path) => path.endsWith('.ts') && !OTHERS.test(path));
    const unbounded = files.filter((path) =>
      /z\s*\.(array|record|map|set|tuple)\(/.test(readFileSync(path, 'utf8')),
    );
    expect(unbounded).toEqual([]);
  });
});
