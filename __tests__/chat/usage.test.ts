import { selectHistory } from '../../src/chat/context.ts';
import { importedHistory } from '../../src/chat/prompt.ts';
import { configFrom } from '../../src/config.ts';
import { allEvents, ask } from '../support/events.ts';
import { openaiWire } from '../support/fake-openai.ts';
import { type FakeProvider, startFake, USAGE } from '../support/fake-provider.ts';
import { type Service, startService } from '../support/service.ts';

const DAY_MS = 24 * 60 * 60 * 1000;
const today = new Date().toISOString().slice(0, 10);
const day = (offset: number) => new Date(Date.now() + offset * DAY_MS).toISOString().slice(0, 10);

describe('GET /api/usage', () => {
  let openai: FakeProvider;
  let service: Service;
  beforeAll(async () => {
    openai = await startFake(openaiWire());
    openai.reply = { content: ['ok'] };
    const known = configFrom().models['gpt-4.1'];
    if (!known) throw new Error('no model');
    service = await startService({
      azure: null,
      config: {
        access: { openai: { apiKey: 'sk-openai', baseUrl: openai.url } },
        models: { 'gpt-4.1': { ...known, prices: { input: null, output: 1 } } },
      },
    });
    for (const [model, chatId] of [
      ['gpt-4o', 'one'],
      ['gpt-4o', 'two'],
      ['gpt-4o-mini', 'one'],
    ]) {
      await allEvents(ask(service.url, 'Hi', { model, chatId }));
    }
  });
  afterAll(async () => {
    await service[Symbol.asyncDispose]();
    await openai[Symbol.asyncDispose]();
  });
  const usage = async (query = '') => {
    const response = await fetch(`${service.url}/api/usage${query}`);
    return { status: response.status, body: await response.json() };
  };
  const cost = ({ input, output }: { input: number; output: number }) =>
    (USAGE.prompt * input + USAGE.completion * output) / 1_000_000;
  const gpt4o = cost({ input: 2.5, output: 10 });
  const mini = cost({ input: 0.15, output: 0.6 });
  const totals = (runs: number) => ({
    runs,
    promptTokens: runs * USAGE.prompt,
    completionTokens: runs * USAGE.completion,
    reasoningTokens: runs * USAGE.reasoning,
    totalTokens: runs * (USAGE.prompt + USAGE.completion),
    estimatedRuns: 0,
  });

  it('[RUN-11] adds up per day, model, chat and run, with what it cost', async () => {
    const { body } = await usage(`?from=${today}&to=${today}`);
    expect(body).toMatchObject({ from: `${today}T00:00:00.000Z`, to: `${day(1)}T00:00:00.000Z` });
    expect(body.total).toEqual({ ...totals(3), cost: expect.closeTo(2 * gpt4o + mini, 12) });
    expect(body.days).toEqual([{ day: today, ...body.total }]);
    expect(body.models).toEqual([
      { model: 'gpt-4o', provider: 'openai', ...totals(2), cost: expect.closeTo(2 * gpt4o, 12) },
      { model: 'gpt-4o-mini', provider: 'openai', ...totals(1), cost: expect.closeTo(mini, 12) },
    ]);
    expect(body.chats).toEqual([
      { chatId: 'one', ...totals(2), cost: expect.closeTo(gpt4o + mini, 12) },
      { chatId: 'two', ...totals(1), cost: expect.closeTo(gpt4o, 12) },
    ]);
    expect(body.runs).toHaveLength(3);
    expect(body.runs[0]).toEqual({
      runId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      chatId: 'one',
      provider: 'openai',
      model: 'gpt-4o-mini',
      createdAt: expect.stringMatching(/^\d{4}-.*Z$/),
      estimated: false,
      promptTokens: USAGE.prompt,
      completionTokens: USAGE.completion,
      reasoningTokens: USAGE.reasoning,
      totalTokens: USAGE.prompt + USAGE.completion,
      cost: expect.closeTo(mini, 12),
    });
  });

  it('covers the last 30 days unless it is told otherwise, and a limit of chats and runs', async () => {
    expect((await usage()).body.total.runs).toBe(3);
    expect((await usage(`?from=${day(-3)}&to=${day(-2)}`)).body).toMatchObject({
      total: { runs: 0, totalTokens: 0, cost: 0 },
      days: [],
      models: [],
      chats: [],
      runs: [],
    });
    const { body } = await usage('?limit=1');
    expect(body.chats.map(({ chatId }: { chatId: string }) => chatId)).toEqual(['one']);
    expect(body.runs).toHaveLength(1);
    expect(body.total.runs).toBe(3);
  });

  it.each([
    ['?from=yesterday', 'from'],
    ['?from=2026-11-21&to=2026-11-20', 'from'],
    ['?limit=0', 'limit'],
    ['?group=week', 'group'],
  ])('%s is refused by name', async (query, field) => {
    const { status, body } = await usage(query);
    expect(status).toBe(400);
    expect(body).toMatchObject({ error: { code: 'invalid_request', details: [{ field }] } });
  });

  it('an unknown price makes the cost unknown, not nothing', async () => {
    await allEvents(ask(service.url, 'Hi', { model: 'gpt-4.1', chatId: 'three' }));
    const { body } = await usage();
    expect(body.total.cost).toBeNull();
    expect(body.chats).toContainEqual({ chatId: 'three', ...totals(1), cost: null });
    expect(body.chats).toContainEqual({ chatId: 'two', ...totals(1), cost: expect.closeTo(gpt4o, 12) });
  });

  it('[RUN-11] tells what was counted here from what the provider said', async () => {
    openai.reply = { content: ['half'], after: 'break' };
    await allEvents(ask(service.url, 'Hi', { model: 'gpt-4o', chatId: 'cut' }));
    const { body } = await usage();
    expect(body.chats).toContainEqual(
      expect.objectContaining({ chatId: 'cut', runs: 1, estimatedRuns: 1, completionTokens: 1 }),
    );
  });

  it('is served by an index', () => {
    const plan = service.query<{ detail: string }>(
      `EXPLAIN QUERY PLAN SELECT sum("promptTokens") FROM "Run"
       WHERE "createdAt" >= '2026-01-01' AND "createdAt" < '2026-02-01' AND +"status" <> 'streaming'`,
    );
    expect(plan[0]?.detail).toMatch(/^SEARCH Run USING INDEX Run_createdAt_idx/);
  });
});

describe('[CHAT-6] token counts', () => {
  it('are stored with each message', async () => {
    await using service = await startService();
    const history = [
      { role: 'user', content: 'One two three' },
      { role: 'assistant', content: 'Four' },
    ];
    const messages = [...history, { role: 'user', content: 'Five' }];
    await allEvents(
      fetch(`${service.url}/api/chat`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ chatId: 'counted', messages }),
      }),
    );
    const rows = service.query<{ tokens: number | null }>('SELECT tokens FROM Message ORDER BY position');
    expect(rows.map(({ tokens }) => tokens)).toEqual([3, 1, 1, expect.any(Number)]);
  });

  it('are not counted again for history', async () => {
    const message = (role: 'user' | 'assistant', tokens: number) => ({
      id: String(tokens),
      role,
      status: 'complete' as const,
      content: 'What it says does not matter',
      tokens,
      clientId: null,
    });
    const history = importedHistory('x', [message('user', 10), message('assistant', 20)]);
    const count = () => {
      throw new Error('counted again');
    };
    const { tokens } = await selectHistory(history, { pairs: 5, tokens: 1000 }, count);
    expect(tokens).toBe(10 + 4 + 20 + 4);
  });
});
