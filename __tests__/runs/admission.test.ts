import { OpenAI } from 'openai';
import { allEvents, ask, post, textOf } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

/** Each ends when it is told to, not before. */
const ENDLESS = { tokens: 'endless', delayMs: 20, firstDelayMs: 0 } as const;

describe('a server that generates as many answers as it may', () => {
  let service: Service;
  let workspace: string;
  let runs: string[];

  beforeEach(async () => {
    service = await startService({ script: ENDLESS, config: { limits: { liveRuns: 2 } } });
    const created = await post(`${service.url}/api/workspaces`, { files: [{ name: 'a.txt', text: 'a' }] });
    workspace = (await created.json()).workspace.id;
    service.simulator.setBehaviour({ chunks: ['done'], delayMs: 0, firstDelayMs: 0 });
    await allEvents(ask(service.url, 'before', { chatId: 'old' }));
    service.simulator.setBehaviour(ENDLESS);
    const live = [
      await ask(service.url, 'one', { chatId: 'one' }),
      await post(
        `${service.url}/api/chat`,
        { chatId: 'two', messages: [{ role: 'user', content: 'two' }] },
        { 'idempotency-key': 'second' },
      ),
    ];
    runs = live.map((response) => response.headers.get('x-run-id') ?? '');
    for (const response of live) await response.body?.cancel();
  });
  afterEach(() => service[Symbol.asyncDispose]());

  const chat = () => `${service.url}/api/chat`;
  const message = (text: string) => ({
    trigger: 'submit-message',
    id: text,
    messages: [{ id: `m-${text}`, role: 'user', parts: [{ type: 'text', text }] }],
  });
  const stored = () =>
    service.query(
      'SELECT (SELECT count(*) FROM Chat) c, (SELECT count(*) FROM Message) m, (SELECT count(*) FROM Run) r',
    );
  const stop = (runId: string | undefined) => post(`${service.url}/api/runs/${runId}/stop`, {});

  it('[LIMIT-1] refuses one more in every protocol, with nothing stored and nothing sent', async () => {
    const before = stored();
    const question = { messages: [{ role: 'user', content: 'more' }] };
    const query = new URLSearchParams({ messages: JSON.stringify(question.messages) });
    const refused = await Promise.all([
      post(chat(), question),
      post(chat(), message('more')),
      post(`${chat()}/old/regenerate`, {}),
      post(`${chat()}/old/edit`, { messageId: await questionIn('old'), content: 'again' }),
      post(`${service.url}/api/workspaces/${workspace}/edit`, { prompt: 'edit' }),
      post(`${service.url}/v1/chat/completions`, { ...question, stream: true }),
      post(`${service.url}/v1/chat/completions`, question),
      post(`${service.url}/api/v1/llm/complete`, question),
      fetch(`${service.url}/api/v1/llm/complete/stream?${query}`),
    ]);
    for (const response of refused) {
      const { error } = await response.json();
      expect([response.status, error.code, response.headers.get('retry-after')]).toEqual([
        503,
        'overloaded',
        '5',
      ]);
      expect(response.headers.get('x-should-retry')).toBeNull();
    }
    expect(stored()).toEqual(before);
    const asked = service.simulator.requests.map(({ body }) => body.messages.at(-1)?.content);
    expect(asked.filter((content) => !['before', 'one', 'two'].includes(String(content)))).toEqual([]);
  });

  async function questionIn(chatId: string): Promise<string> {
    const { messages } = await (await fetch(`${chat()}/${chatId}`)).json();
    return messages[0].id;
  }

  it("[LIMIT-1] [WIRE-4] is an error of the openai package's own", async () => {
    const client = new OpenAI({ baseURL: `${service.url}/v1`, apiKey: 'none', maxRetries: 0 });
    const asking = client.chat.completions.create({
      model: 'test-deployment',
      messages: [{ role: 'user', content: 'x' }],
    });
    await expect(asking).rejects.toMatchObject({ status: 503, code: 'overloaded', type: 'server_error' });
  });

  it('[LIMIT-1] [CHAT-8] goes on with what is under way: repeats, resumes, stops, deletes', async () => {
    const again = await post(
      chat(),
      { chatId: 'two', messages: [{ role: 'user', content: 'two' }] },
      { 'idempotency-key': 'second' },
    );
    expect([again.status, again.headers.get('x-run-id')]).toEqual([200, runs[1]]);
    await again.body?.cancel();
    const resumed = await fetch(`${service.url}/api/runs/${runs[0]}/stream`);
    expect(resumed.status).toBe(200);
    await resumed.body?.cancel();
    expect((await post(chat(), { chatId: 'one', messages: [{ role: 'user', content: 'x' }] })).status).toBe(
      409,
    );
    expect((await fetch(`${chat()}/old`, { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(`${chat()}/one`, { method: 'DELETE' })).status).toBe(204);
  });

  it('[LIMIT-1] a run that takes the place of another is not one more', async () => {
    const response = await post(chat(), { ...message('instead'), id: 'one' });
    expect([response.status, await response.body?.cancel()]).toEqual([200, undefined]);
  });

  it('[LIMIT-1] takes the next one as soon as one has ended', async () => {
    await stop(runs[0]);
    service.simulator.setBehaviour({ chunks: ['Hello'], delayMs: 0, firstDelayMs: 0 });
    for (let count = 0; count < 3; count += 1) {
      expect(textOf(await allEvents(ask(service.url, 'next')))).toBe('Hello');
    }
  });

  it('[LIMIT-1] counts questions that are just being stored', async () => {
    await stop(runs[0]);
    const all = await Promise.all(Array.from({ length: 20 }, () => ask(service.url, 'at once')));
    expect(all.filter(({ status }) => status === 200)).toHaveLength(1);
    expect(all.filter(({ status }) => status === 503)).toHaveLength(19);
    for (const response of all) await response.body?.cancel();
  });
});
