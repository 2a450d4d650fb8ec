import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readJson } from '../../src/http/routing/json-body.ts';
import { EventLoopTurns } from '../support/event-loop-turns.ts';
import { post } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

const BYTES = 4 * 1024 * 1024;

it('[LIMIT-2] a large body is decoded, parsed and used in separate turns, also when others send one at the same time', async () => {
  using turns = new EventLoopTurns();
  const waited: number[] = [];
  const doneAt: number[] = [];
  const server = createServer(async (request, response) => {
    let endedAt = 0;
    request.on('end', () => {
      endedAt = turns.count;
    });
    const { length } = Object(await readJson(request, { limit: BYTES, plainText: false })).content;
    waited.push(turns.count - endedAt);
    doneAt.push(turns.count);
    response.end(String(length));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const content = '漢字'.repeat(300_000);
  const answers = await Promise.all([1, 2, 3, 4].map(async () => (await post(url, { content })).text()));
  server.close();
  expect(answers).toEqual(Array(4).fill('600000'));
  for (const turnsWaited of waited) expect(turnsWaited).toBeGreaterThanOrEqual(2);
  expect(new Set(doneAt).size).toBe(4);
});

describe('a large body', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  const said = (index: number) => ({
    id: `m${index}`,
    role: index % 2 === 0 ? 'user' : 'assistant',
    parts: [{ type: 'text', text: `said ${index} ${'word '.repeat(60)}` }],
  });

  it('[CHAT-3] of useChat has its newest messages imported, and system messages however old they are', async () => {
    const messages = [
      { id: 's', role: 'system', parts: [{ type: 'text', text: 'Be brief.' }] },
      ...Array.from({ length: 6_000 }, (_, index) => said(index)),
      said(6_000),
    ];
    const response = await post(`${service.url}/api/chat`, {
      id: 'long',
      trigger: 'submit-message',
      messages,
    });
    await response.text();
    expect(response.status).toBe(200);
    // The newest 999, the question, the answer.
    expect(service.query('SELECT count(*) AS n FROM Message')).toEqual([{ n: 1_001 }]);
    expect(
      service.query('SELECT substr(content, 1, 9) AS first FROM Message ORDER BY position LIMIT 1'),
    ).toEqual([{ first: 'said 5001' }]);
    expect(service.simulator.requests.at(-1)?.body.messages[0]).toMatchObject({ content: 'Be brief.' });
  });

  it('[ERR-1] names the last of many messages by its index', async () => {
    const messages = [
      ...Array.from({ length: 2_000 }, (_, index) => said(index)),
      { ...said(0), role: 'robot' },
    ];
    const response = await post(`${service.url}/api/chat`, { trigger: 'submit-message', messages });
    const { error } = await response.json();
    expect([response.status, error.details[0].field]).toEqual([400, 'messages.2000.role']);
  });

  it('[PROV-7] may have a schema with a thousand properties', async () => {
    const properties = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`field${index}`, { type: 'string' }]),
    );
    const schema = {
      type: 'object',
      properties,
      required: Object.keys(properties),
      additionalProperties: false,
    };
    const response = await post(`${service.url}/api/chat`, {
      messages: [{ role: 'user', content: 'x' }],
      options: { responseFormat: { type: 'json_schema', schema } },
    });
    await response.text();
    expect(response.status).toBe(200);
  });

  it('[ERR-1] may begin with a byte order mark, as a small one may', async () => {
    for (const content of ['x', 'x'.repeat(260_000)]) {
      const body = `\ufeff${JSON.stringify({
        messages: [
          { role: 'user', content: content.slice(0, 10) },
          { role: 'assistant', content },
          { role: 'user', content: 'x' },
        ],
      })}`;
      const response = await post(`${service.url}/api/chat`, body);
      await response.text();
      expect(response.status).toBe(200);
    }
  });
});
