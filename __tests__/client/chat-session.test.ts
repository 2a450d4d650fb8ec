import { type ChatSnapshot, createChatClient } from '../../src/client/index.ts';
import { idle, sessionOf, spoken, streams, until } from '../support/chat-sessions.ts';
import { startCuttingProxy } from '../support/cutting-proxy.ts';
import { RUN_ID, ScriptedServer, scripted } from '../support/scripted-server.ts';
import { type Service, startService } from '../support/service.ts';

describe('a chat session', () => {
  let service: Service;
  beforeAll(async () => {
    service = await startService();
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it('[CLIENT-4] shows the question at once, the text as it streams, and how it ended', async () => {
    const session = sessionOf(service.url);
    const snapshots: ChatSnapshot[] = [];
    session.subscribe(() => snapshots.push(session.snapshot()));
    expect(session.snapshot()).toBe(session.snapshot());
    expect(session.send('[[simulate: tokens=40, delay_ms=3]]')).toBe(true);
    expect(session.snapshot().messages).toMatchObject([{ role: 'user' }, { role: 'assistant', content: '' }]);
    const end = await until(session, idle);
    const lengths = snapshots.map(({ streaming }) => streaming?.content.length ?? 0);
    expect(new Set(lengths).size).toBeGreaterThan(5);
    expect(snapshots.map(({ connection }) => connection.state)).toEqual(
      expect.arrayContaining(['connecting', 'open']),
    );
    expect(snapshots.some(({ progress }) => (progress?.chunksReceived ?? 0) >= 5)).toBe(true);
    expect(end).toMatchObject({ streaming: null, error: null, connection: { state: 'closed' } });
    const { messages } = await createChatClient({ baseUrl: service.url }).chats.get(end.chatId ?? '');
    expect(spoken(end)).toEqual(messages.map(({ role, content }) => `${role}: ${content}`));
    expect(end.messages.at(-1)).toMatchObject({ id: messages[1]?.id, status: 'complete' });
    session.close();
  });

  it('[CLIENT-4] refuses a second question while one is answered; stop keeps the text', async () => {
    const session = sessionOf(service.url);
    expect(session.send('[[simulate: tokens=endless, delay_ms=2]]')).toBe(true);
    expect(session.send('again')).toBe(false);
    expect(session.regenerate()).toBe(false);
    await until(session, streams);
    expect(session.send('and again')).toBe(false);
    await session.stop();
    const end = await until(session, idle);
    expect(end.messages).toHaveLength(2);
    expect(end.messages.at(-1)).toMatchObject({ status: 'stopped' });
    expect(end.messages.at(-1)?.content).toMatch(/^0 1 2 /);
    session.close();
    expect(session.send('closed')).toBe(false);
  });

  it('[CLIENT-4] follows what a chat is answering when it is opened in the middle, nothing twice', async () => {
    const first = sessionOf(service.url);
    first.send('[[simulate: tokens=endless, delay_ms=2]]');
    const { chatId } = await until(first, streams);
    const second = sessionOf(service.url, chatId ?? '');
    await until(second, streams);
    await second.stop();
    const [one, other] = await Promise.all([until(first, idle), until(second, idle)]);
    expect(spoken(other)).toEqual(spoken(one));
    // Closing and opening again is no different.
    first.close();
    first.open();
    expect(spoken(await until(first, idle))).toEqual(spoken(one));
    for (const session of [first, second]) session.close();
  });

  it('[CLIENT-4] regenerates; a refusal puts the old answer back', async () => {
    const session = sessionOf(service.url);
    session.send('[[simulate: chunks=["an answer"], delay_ms=0]]');
    const before = await until(session, idle);
    expect(session.regenerate()).toBe(true);
    expect(session.snapshot().messages.at(-1)).toMatchObject({ status: 'streaming', content: '' });
    const after = await until(session, idle);
    expect(spoken(after)).toEqual(spoken(before));
    expect(after.messages.at(-1)?.id).not.toBe(before.messages.at(-1)?.id);
    expect(session.regenerate({ model: '' })).toBe(true);
    const refused = await until(session, idle);
    expect(refused.error).toMatchObject({ code: 'invalid_request' });
    expect(spoken(refused)).toEqual(spoken(after));
    session.close();
  });

  it('[CLIENT-4] reports why an answer failed, and which question was refused', async () => {
    const session = sessionOf(service.url);
    session.send('[[simulate: error, at=3, tokens=10, delay_ms=0]]');
    const failed = await until(session, idle);
    expect(failed.error).toMatchObject({ retryable: expect.any(Boolean), name: 'ChatClientError' });
    expect(failed.messages.at(-1)).toMatchObject({ status: 'failed', content: '0 1 2 ' });
    session.send(' ');
    const refused = await until(session, idle);
    expect(refused.error).toMatchObject({ code: 'invalid_request' });
    expect(refused.messages).toHaveLength(3);
    expect(refused.messages.at(-1)).toMatchObject({ role: 'user', status: 'failed' });
    session.close();
  });

  it('[CLIENT-4] reports reconnecting, and the text is whole', async () => {
    const cuts = [undefined, 900, 300, 300];
    await using proxy = await startCuttingProxy(
      () => service.url,
      (connection) => cuts[connection + 1],
    );
    const session = sessionOf(proxy.url);
    const states: string[] = [];
    session.subscribe(() => states.push(session.snapshot().connection.state));
    session.send('[[simulate: tokens=40, delay_ms=1]]');
    const end = await until(session, idle);
    expect(end.error).toBeNull();
    expect(end.messages.at(-1)?.content).toBe(Array.from({ length: 40 }, (_, index) => `${index} `).join(''));
    expect(states).toContain('reconnecting');
    session.close();
  });

  it('[CLIENT-4] reports that a shutdown interrupted the answer; the chat can be loaded again', async () => {
    await using other = await startService();
    const session = sessionOf(other.url);
    session.send('[[simulate: tokens=endless, delay_ms=2]]');
    const { chatId } = await until(session, streams);
    const url = other.url;
    await other.restart();
    // It came back at another port, where this session does not look.
    expect(other.url).not.toBe(url);
    const end = await until(session, idle);
    expect(end.messages.at(-1)?.status).toBe('interrupted');
    const again = sessionOf(other.url, chatId ?? '');
    const loaded = await until(again, ({ phase, messages }) => phase === 'idle' && messages.length > 0);
    expect(loaded.messages.at(-1)).toMatchObject({ status: 'interrupted' });
    for (const opened of [session, again]) opened.close();
  });

  it('[CLIENT-4] a chat that does not exist yet is an empty one', async () => {
    const session = sessionOf(service.url, 'not-yet');
    expect(session.snapshot().phase).toBe('loading');
    expect(await until(session, idle)).toMatchObject({ messages: [], error: null, chatId: 'not-yet' });
    session.send('now');
    expect(await until(session, idle)).toMatchObject({ chatId: 'not-yet', messages: { length: 2 } });
    session.close();
  });
});

describe('the end of a chat session', () => {
  it('[CLIENT-4] closing releases the connection and calls no listener any more', async () => {
    await using server = await ScriptedServer.start(scripted(['some text']), { holdAfter: 2 });
    const session = sessionOf(server.url);
    session.send('question');
    await until(session, ({ streaming }) => streaming?.content === 'some text');
    expect(server.openStreams).toBe(1);
    session.close();
    let told = 0;
    session.subscribe(() => {
      told += 1;
    });
    while (server.openStreams > 0) await new Promise((resolve) => setTimeout(resolve, 2));
    server.release();
    expect(told).toBe(0);
    expect(session.snapshot()).toMatchObject({ phase: 'idle', streaming: null, chatId: 'chat-1' });
    expect(server.requests.map(({ path }) => path)).not.toContain(`/api/runs/${RUN_ID}/stop`);
  });
});
