import { readFile } from 'node:fs/promises';
import { runInNewContext } from 'node:vm';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { EventSource } from 'eventsource';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { type Service, startService } from '../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

const open: Array<{ close(): void }> = [];
afterEach(() => {
  for (const each of open.splice(0)) each.close();
});

function address(base: string, content: string, more: Record<string, string> = {}): string {
  const messages = JSON.stringify([{ role: 'user', content }]);
  return `${base}/api/v1/llm/complete/stream?${new URLSearchParams({ messages, ...more })}`;
}

interface Heard {
  texts: string[];
  last: { text: string; metadata: Record<string, unknown> } | null;
  error: { code: string; error: string } | null;
  ids: string[];
}

/** What a page hears until the end mark, an error with data, or the end of reconnecting. */
function listen(url: string): Promise<Heard> {
  const heard: Heard = { texts: [], last: null, error: null, ids: [] };
  return new Promise((resolve) => {
    const source = new EventSource(url);
    open.push(source);
    source.onmessage = ({ data, lastEventId }) => {
      heard.ids.push(lastEventId);
      const message = JSON.parse(data);
      if (message.text === '[DONE]') {
        heard.last = message;
        source.close();
        resolve(heard);
      } else heard.texts.push(message.text);
    };
    source.addEventListener('error', (event) => {
      if (event instanceof MessageEvent) heard.error = JSON.parse(event.data);
      if (heard.error || source.readyState === EventSource.CLOSED) resolve(heard);
    });
  });
}

describe('EventSource', () => {
  it('[WIRE-5] gets the text and a last event with the end mark', async () => {
    const { texts, last } = await listen(address(service.url, 'Hi', { provider: 'azure' }));
    expect(texts.join('')).toBe('Hello there');
    expect(last?.metadata).toMatchObject({
      model: 'test-deployment',
      provider: 'azure',
      timestamp: expect.stringMatching(/Z$/),
      finishReason: 'stop',
      usage: { completionTokens: 2 },
    });
  });

  it('[WIRE-5] treats the end mark within the text as text', async () => {
    const url = address(service.url, '[[simulate: chunks=["a", "[DONE]", "b"], delay_ms=400]]');
    const { texts } = await listen(url);
    expect(texts).toEqual(['a', '[DO', 'NE]', 'b']);
  });

  it('[WIRE-5] an error has data', async () => {
    const url = address(service.url, '[[simulate: error, at=2, tokens=9, delay_ms=5]]');
    const { texts, error, last } = await listen(url);
    expect([texts.join(''), last]).toEqual(['0 1 ', null]);
    expect(error).toMatchObject({ code: 'provider_unavailable', error: expect.any(String), retryable: true });
  });

  it.each([
    ['rate_limit', 'rate_limited', 'rate limit'],
    ['context_length_exceeded', 'context_length_exceeded', 'context length'],
  ])(
    '[WIRE-5] the error of an event is a sentence that says what it is about: %s',
    async (fault, code, words) => {
      const { error } = await listen(address(service.url, `[[simulate: ${fault}]]`));
      expect(error?.code).toBe(code);
      expect(error?.error.includes(words)).toBe(true);
    },
  );

  // The package calls `onerror` for the network only; a browser calls it for the server's events as well.
  it('[WIRE-5] the documented page gets errors with the package as well', async () => {
    const manual = await readFile(new URL('../../docs/clients/event-source.md', import.meta.url), 'utf8');
    const [, script = ''] = /<script type="module">\n(.*?)<\/script>/s.exec(manual) ?? [];
    const fault = '[[simulate: error, at=2, tokens=9, delay_ms=5]]';
    const shown: string[] = [];
    const said = await new Promise((alert) => {
      class Opened extends EventSource {
        constructor(url: string) {
          super(url);
          open.push(this);
        }
      }
      const answer = { append: (text: string) => shown.push(text) };
      runInNewContext(script.replace('http://127.0.0.1:3000', service.url).replace('What is a run?', fault), {
        EventSource: Opened,
        document: { querySelector: () => answer },
        alert,
      });
    });
    expect([shown.join(''), said]).toEqual(['0 1 ', expect.stringMatching(/^The provider /)]);
  });

  it('[WIRE-5] accepts a model in the options', async () => {
    const { last } = await listen(address(service.url, 'Hi', { options: '{"model":"test-deployment"}' }));
    expect(last?.metadata.model).toBe('test-deployment');
    const unknown = await fetch(address(service.url, 'Hi', { options: '{"model":"unheard-of"}' }));
    expect([unknown.status, (await unknown.json()).error.details[0].field]).toEqual([400, 'model']);
  });

  it('[WIRE-5] temperature 0 is a value', async () => {
    await listen(address(service.url, 'Hi', { options: JSON.stringify({ temperature: 0 }) }));
    expect(service.simulator.requests.at(-1)?.body.temperature).toBe(0);
  });

  it('[WIRE-5] sends the id first, alone', async () => {
    const response = await fetch(address(service.url, 'Hi'));
    const runId = response.headers.get('x-run-id');
    expect(await response.text()).toMatch(new RegExp(`^id: ${runId}:0\n\n`));
  });

  it('[WIRE-5] gets a 204 when it reconnects after the end', async () => {
    const url = address(service.url, 'Hi');
    const { ids } = await listen(url);
    const response = await fetch(url, { headers: { 'last-event-id': ids.at(-1) ?? '' } });
    expect(response.status).toBe(204);
  });
});

describe('a reconnect', () => {
  /** Inside the status line, the headers, the first id, its end, the first text, and later. */
  const CUTS = [0, 1, 150, 400, 440, 480, 500, 520, 540, 580, 600, 640, 700, 900, 1500];

  it.each([
    ['while it streams', 'tokens=20, delay_ms=20'],
    ['when all was written at once', 'tokens=20, delay_ms=0, first_delay_ms=0'],
  ])('[WIRE-5] [RUN-2] after any byte follows the same run, %s', async (_when, pace) => {
    await Promise.all(
      CUTS.map(async (bytes) => {
        const question = `[[simulate: ${pace}]] cut after ${bytes}`;
        await using proxy = await startCuttingProxy(
          () => service.url,
          (connection) => (connection === 0 ? bytes : undefined),
        );
        const heard = await listen(address(proxy.url, question));
        expect([bytes, heard.texts.join('')]).toEqual([
          bytes,
          Array.from({ length: 20 }, (_, index) => `${index} `).join(''),
        ]);
        expect(heard.last).not.toBeNull();
        const asked = service.query('SELECT id FROM Message WHERE content = ?', question);
        expect([bytes, asked.length]).toEqual([bytes, 1]);
      }),
    );
  });
});

describe('a page of another origin', () => {
  it.each(['cross-site', 'same-site'])('[WIRE-5] [CONF-3] cannot ask from an image (%s)', async (site) => {
    const url = address(service.url, `from ${site}`);
    const response = await fetch(url, { headers: { 'sec-fetch-site': site, 'sec-fetch-mode': 'no-cors' } });
    expect([response.status, (await response.json()).error.code]).toEqual([403, 'forbidden_origin']);
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(405);
    expect(service.query('SELECT id FROM Message WHERE content = ?', `from ${site}`)).toEqual([]);
  });
});

describe('the routes beside it', () => {
  it('[WIRE-5] the same question twice starts two runs', async () => {
    const url = address(service.url, 'Again');
    const first = await fetch(url);
    await first.text();
    const second = await fetch(url);
    await second.text();
    expect(first.headers.get('x-run-id')).not.toBe(second.headers.get('x-run-id'));
  });

  it('[WIRE-5] complete without a stream', async () => {
    const response = await post({ messages: [{ role: 'user', content: 'Hi' }] });
    expect(await response.json()).toMatchObject({ text: 'Hello there', metadata: { finishReason: 'stop' } });
    const failed = await post({ messages: [{ role: 'user', content: '[[simulate: prompt_filtered]]' }] });
    expect([failed.status, (await failed.json()).error.code]).toEqual([400, 'content_filtered']);
  });

  it('[WIRE-5] providers, their models, health', async () => {
    const get = async (path: string) => (await fetch(`${service.url}/api/v1/llm/${path}`)).json();
    expect(await get('providers')).toEqual({ providers: [{ id: 'azure', models: 1 }] });
    expect((await get('providers/azure/models')).models).toMatchObject([{ id: 'test-deployment' }]);
    expect(await get('health')).toMatchObject({ status: 'ok', providers: ['azure'] });
    expect((await get('providers/nobody/models')).error.code).toBe('not_found');
  });

  it.each([
    ['messages', { messages: '{' }],
    ['options', { messages: '[{"role":"user","content":"Hi"}]', options: 'no' }],
    ['provider', { messages: '[{"role":"user","content":"Hi"}]', provider: 'nobody' }],
  ])('[WIRE-5] a wrong %s is named', async (field, query: Record<string, string>) => {
    const response = await fetch(`${service.url}/api/v1/llm/complete/stream?${new URLSearchParams(query)}`);
    expect(response.status).toBe(400);
    expect((await response.json()).error.details[0].field).toContain(field);
  });

  function post(body: unknown): Promise<Response> {
    const headers = { 'content-type': 'application/json' };
    return fetch(`${service.url}/api/v1/llm/complete`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
  }
});
