import { allEvents, ask, post, terminalOf, textOf } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

interface MessageRow {
  position: number;
  role: string;
  status: string;
  content: string;
}

const MESSAGES = 'SELECT position, role, status, content FROM Message WHERE chatId = ? ORDER BY position';

describe('asking a question', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService({ config: { chat: { maxConversationPairs: 2 } } });
  });
  afterAll(() => service[Symbol.asyncDispose]());
  beforeEach(() =>
    service.simulator.setBehaviour({ chunks: ['Hello', ' there'], delayMs: 0, firstDelayMs: 0 }),
  );

  const rows = (chatId: string) => service.query<MessageRow>(MESSAGES, chatId);
  const lastPrompt = () =>
    service.simulator.requests.at(-1)?.body.messages.map(({ role, content }) => `${role}: ${content}`);

  it('[CHAT-1] streams the answer, and says in the first event and in headers what it belongs to', async () => {
    const response = await ask(service.url, 'Hi');
    const events = await allEvents(response);
    const [start] = events;
    expect(start).toMatchObject({ type: 'start', model: 'test-deployment', provider: 'azure' });
    if (start?.type !== 'start') throw new Error('no start');
    expect(start.id).toBe(`${start.runId}:0`);
    expect(response.headers.get('x-chat-id')).toBe(start.chatId);
    expect(response.headers.get('x-run-id')).toBe(start.runId);
    expect(start.chatId).toMatch(/^[0-9a-f-]{36}$/);
    expect(textOf(events)).toBe('Hello there');
    expect(terminalOf(events)).toMatchObject({ type: 'complete', finishReason: 'stop' });
  });

  it('[CHAT-4] stores question and answer, and [RUN-3] has done so when the terminal is read', async () => {
    const events = await allEvents(ask(service.url, 'Hi', { chatId: 'stored' }));
    expect(terminalOf(events).type).toBe('complete');
    expect(rows('stored')).toEqual([
      { position: 0, role: 'user', status: 'complete', content: 'Hi' },
      { position: 1, role: 'assistant', status: 'complete', content: 'Hello there' },
    ]);
  });

  it('[CHAT-4] has stored the question and a placeholder before the provider is asked', async () => {
    let before: MessageRow[] = [];
    service.simulator.setBehaviour(() => {
      before = rows('early');
      return { chunks: ['ok'], delayMs: 0, firstDelayMs: 0 };
    });
    await allEvents(ask(service.url, 'Hi', { chatId: 'early' }));
    expect(before).toEqual([
      { position: 0, role: 'user', status: 'complete', content: 'Hi' },
      { position: 1, role: 'assistant', status: 'streaming', content: '' },
    ]);
  });

  it('[CHAT-2] sends the system prompt, the last N pairs and the new message', async () => {
    for (const question of ['one', 'two', 'three', 'four']) {
      service.simulator.setBehaviour({ chunks: [`answer ${question}`], delayMs: 0, firstDelayMs: 0 });
      await allEvents(ask(service.url, question, { chatId: 'pairs' }));
    }
    expect(lastPrompt()).toEqual([
      'system: You are a helpful assistant.',
      'user: two',
      'assistant: answer two',
      'user: three',
      'assistant: answer three',
      'user: four',
    ]);
  });

  it("[CHAT-2] remembers the request's system prompt with the chat, not as a message", async () => {
    const messages = [
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'Hi' },
    ];
    await allEvents(post(`${service.url}/api/chat`, { chatId: 'brief', messages }));
    await allEvents(ask(service.url, 'Again', { chatId: 'brief' }));
    expect(lastPrompt()?.[0]).toBe('system: Be brief.');
    expect(rows('brief').map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);
    expect(service.query('SELECT systemPrompt FROM Chat WHERE id = ?', 'brief')).toEqual([
      { systemPrompt: 'Be brief.' },
    ]);
  });

  it('[CHAT-3] imports the history of an unknown chat, and ignores what a known one echoes', async () => {
    const history = [
      { role: 'user', content: `A first question that is rather long, so that its title has to be cut` },
      { role: 'assistant', content: 'A1' },
    ];
    const body = { chatId: 'imported', messages: [...history, { role: 'user', content: 'Q2' }] };
    await allEvents(post(`${service.url}/api/chat`, body));
    expect(rows('imported').map(({ content }) => content)).toEqual([
      history[0]?.content,
      'A1',
      'Q2',
      'Hello there',
    ]);
    const forged = [
      { role: 'user', content: 'never said' },
      { role: 'assistant', content: 'neither' },
    ];
    await allEvents(
      post(`${service.url}/api/chat`, { ...body, messages: [...forged, { role: 'user', content: 'Q3' }] }),
    );
    expect(rows('imported').map(({ content }) => content)).toEqual([
      history[0]?.content,
      'A1',
      'Q2',
      'Hello there',
      'Q3',
      'Hello there',
    ]);
    const title = history[0]?.content.slice(0, 60);
    expect(service.query('SELECT title FROM Chat WHERE id = ?', 'imported')).toEqual([{ title }]);
  });

  it('[CHAT-5] leaves a turn without an answer out of later prompts, and keeps a partial answer', async () => {
    service.simulator.setBehaviour({ fault: { kind: 'unauthorized' } });
    expect(terminalOf(await allEvents(ask(service.url, 'lost', { chatId: 'gaps' }))).type).toBe('error');
    service.simulator.setBehaviour({
      chunks: ['half an', ' answer'],
      delayMs: 0,
      firstDelayMs: 0,
      fault: { kind: 'close', at: 1 },
    });
    expect(terminalOf(await allEvents(ask(service.url, 'cut', { chatId: 'gaps' }))).type).toBe('error');
    service.simulator.setBehaviour({ chunks: ['fine'], delayMs: 0, firstDelayMs: 0 });
    await allEvents(ask(service.url, 'now', { chatId: 'gaps' }));
    expect(lastPrompt()?.slice(1)).toEqual(['user: cut', 'assistant: half an', 'user: now']);
    expect(rows('gaps').map(({ role, status }) => `${role} ${status}`)).toEqual([
      'user complete',
      'assistant failed',
      'user complete',
      'assistant failed',
      'user complete',
      'assistant complete',
    ]);
  });

  it('passes options on, temperature 0 included', async () => {
    const options = { temperature: 0, topP: 0.5, maxOutputTokens: 100, stop: ['END'] };
    await allEvents(ask(service.url, 'Hi', { options }));
    expect(service.simulator.requests.at(-1)?.body).toMatchObject({
      temperature: 0,
      top_p: 0.5,
      max_completion_tokens: 100,
      stop: ['END'],
    });
  });

  it('[RUN-11] stores the usage that the provider gave', async () => {
    const events = await allEvents(ask(service.url, 'Hi', { chatId: 'usage' }));
    const { usage } = terminalOf(events);
    expect(usage.estimated).toBe(false);
    expect(usage.totalTokens).toBe(usage.promptTokens + usage.completionTokens);
    expect(
      service.query(
        'SELECT promptTokens, completionTokens, usageEstimated FROM Run WHERE chatId = ?',
        'usage',
      ),
    ).toEqual([
      { promptTokens: usage.promptTokens, completionTokens: usage.completionTokens, usageEstimated: 0 },
    ]);
  });

  it('[RUN-11] counts itself when the provider gave none, and says so', async () => {
    service.simulator.setBehaviour({
      chunks: ['Hello', ' there'],
      delayMs: 0,
      firstDelayMs: 0,
      fault: { kind: 'cut_short', at: 'end' },
    });
    const { usage, type } = terminalOf(await allEvents(ask(service.url, 'Hi')));
    expect(type).toBe('complete');
    expect(usage).toMatchObject({ estimated: true, completionTokens: 2 });
    expect(usage.promptTokens).toBeGreaterThan(8);
  });
});

describe('the token budget', () => {
  it('[CHAT-6] drops oldest pairs first, and refuses what alone is too long', async () => {
    await using service = await startService({
      config: { chat: { maxContextTokens: 60, defaultSystemPrompt: '' } },
    });
    const long = 'word '.repeat(12).trim();
    for (const question of [`${long} 1`, `${long} 2`, `${long} 3`]) {
      await allEvents(ask(service.url, question, { chatId: 'budget' }));
    }
    const prompt = service.simulator.requests.at(-1)?.body.messages.map(({ content }) => content);
    expect(prompt).toEqual([`${long} 2`, 'Hello there', `${long} 3`]);
    const asked = service.simulator.requests.length;
    const refused = await ask(service.url, 'word '.repeat(80), { chatId: 'budget' });
    expect(refused.status).toBe(400);
    expect(await refused.json()).toMatchObject({
      error: { code: 'context_length_exceeded', details: [{ field: 'messages' }] },
    });
    expect(service.simulator.requests.length).toBe(asked);
    expect(service.query('SELECT count(*) AS n FROM Message')).toEqual([{ n: 6 }]);
  });
});
