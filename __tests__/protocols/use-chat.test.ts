import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type Service, startService } from '../support/service.ts';
import {
  brokenFetch,
  type ChatOptions,
  openChat,
  release,
  textOf,
  type UiMessage,
} from '../support/use-chat.ts';

/** The oldest release of each major version, and the newest. */
const RELEASES = ['ai-5-0', 'ai-5', 'ai-6-0', 'ai-6', 'ai-7-0', 'ai-7'];

/** An answer that takes long enough to be cut, left and stopped: 60 tokens, about half a second. */
const LONG = '[[simulate: tokens=60, delay_ms=8]]';

const ALL = Array.from({ length: 60 }, (_, index) => `${index} `).join('');

let service: Service;
beforeAll(async () => {
  service = await startService();
});
afterAll(async () => {
  await service[Symbol.asyncDispose]();
});

describe.each(RELEASES)('useChat of %s', (alias) => {
  const chatWith = async (options: Partial<ChatOptions> & { fetch?: typeof fetch; body?: object } = {}) => {
    const { ai } = await release(alias);
    const { fetch, body, ...more } = options;
    const transport = new ai.DefaultChatTransport({ api: `${service.url}/api/chat`, fetch, body });
    return openChat(ai, { id: crypto.randomUUID(), transport, ...more });
  };
  const isOldest = alias.endsWith('-0');

  it('[WIRE-2] sends and streams; the second turn knows the first', async () => {
    const chat = await chatWith();
    await chat.sendMessage({ text: 'One' });
    await chat.sendMessage({ text: 'Two' });
    expect([chat.status, chat.error]).toEqual(['ready', undefined]);
    expect(chat.messages.map(({ role }) => role)).toEqual(['user', 'assistant', 'user', 'assistant']);
    expect(textOf(chat.messages[1])).toBe('Hello there');
    expect(chat.messages[1]?.metadata).toMatchObject({
      runId: expect.any(String),
      chatId: chat.id,
      model: 'test-deployment',
      finishReason: 'stop',
      usage: { completionTokens: 2, estimated: false },
    });
    expect(service.simulator.requests.at(-1)?.body.messages.map(({ content }) => content)).toEqual([
      expect.any(String),
      'One',
      'Hello there',
      'Two',
    ]);
    expect(storedIn(chat.id)).toEqual(['One', 'Hello there', 'Two', 'Hello there']);
  });

  it('[WIRE-2] shows reasoning apart from the answer', async () => {
    const chat = await chatWith();
    await chat.sendMessage({ text: '[[simulate: reasoning="Let me think", text="Done."]]' });
    expect(textOf(chat.messages[1], 'reasoning')).toBe('Let me think');
    expect(textOf(chat.messages[1])).toBe('Done.');
    expect(chat.messages[1]?.parts.map(({ state }) => state)).toEqual(['done', 'done']);
  });

  it('[WIRE-2] an error in the middle is an error, and the text that came stays', async () => {
    const chat = await chatWith();
    await chat.sendMessage({
      text: `[[simulate: error, at=3, tokens=9, delay_ms=5, times=1, key=${alias}]]`,
    });
    expect(chat.status).toBe('error');
    expect(chat.error?.message).toMatch(/provider/);
    expect(textOf(chat.messages[1])).toBe('0 1 2 ');
    await chat.regenerate();
    expect(chat.status).toBe('ready');
    expect(textOf(chat.messages.at(-1))).toBe('0 1 2 3 4 5 6 7 8 ');
    expect(storedIn(chat.id)).toHaveLength(2);
  });

  it('[WIRE-2] an error before the stream is shown', async () => {
    const chat = await chatWith();
    await chat.sendMessage({
      parts: [
        { type: 'file', mediaType: 'image/png', url: 'data:image/png;base64,AAAA' },
        { type: 'text', text: 'What is this?' },
      ],
    });
    expect(chat.status).toBe('error');
    expect(chat.error?.message).toContain('files are not supported');
  });

  it('[WIRE-2] a stop for everybody ends in ready, with the text that came', async () => {
    const chat = await chatWith();
    const sending = chat.sendMessage({ text: '[[simulate: tokens=endless, delay_ms=5]]' });
    const runId = await activeRun(chat.id);
    await until(() => textOf(chat.messages[1]).length > 10);
    await fetch(`${service.url}/api/runs/${runId}/stop`, { method: 'POST' });
    await sending;
    expect([chat.status, chat.error]).toEqual(['ready', undefined]);
    expect(chat.messages[1]?.metadata).toMatchObject({ finishReason: 'user_stop' });
    expect(storedIn(chat.id)[1]).toBe(textOf(chat.messages[1]));
  });

  it('[WIRE-2] its own stop leaves the run; the next message interrupts it', async () => {
    const chat = await chatWith();
    const sending = chat.sendMessage({ text: '[[simulate: tokens=endless, delay_ms=5]]' });
    await until(() => textOf(chat.messages[1]).length > 10);
    await chat.stop();
    await sending;
    expect(chat.status).toBe('ready');
    expect(await activeRun(chat.id)).toEqual(expect.any(String));
    await chat.sendMessage({ text: 'And now?' });
    expect(chat.status).toBe('ready');
    expect(textOf(chat.messages.at(-1))).toBe('Hello there');
    const [stopped] = service.query<{ status: string; cause: string }>(
      'SELECT status, cause FROM Run WHERE chatId = ? ORDER BY createdAt',
      chat.id,
    );
    expect(stopped).toEqual({ status: 'stopped', cause: 'superseded' });
  });

  // Releases x.0.0 append a replay to what they have, and so does 5 where it takes the drop for one that it can go on
  // from; see docs/clients/use-chat.md.
  const drops = isOldest ? [] : alias === 'ai-5' ? ['terminated'] : ['terminated', 'network error'];
  for (const words of ['terminated', 'network error'].filter((each) => !drops.includes(each))) {
    it.skip(`[WIRE-2] resumes without a reload after "${words}": this release shows a replay twice`, () => {});
  }
  for (const words of drops)
    it(`[WIRE-2] resumes after "${words}", nothing missing, nothing twice`, async () => {
      const chat = await chatWith({ fetch: brokenFetch(2000, words) });
      await chat.sendMessage({ text: LONG });
      expect(chat.status).toBe('error');
      expect(ALL.startsWith(textOf(chat.messages[1]))).toBe(true);
      expect(textOf(chat.messages[1]).length).toBeGreaterThan(0);
      await chat.resumeStream();
      expect(chat.status).toBe('ready');
      expect(chat.messages).toHaveLength(2);
      expect(textOf(chat.messages[1])).toBe(ALL);
    });

  it('[WIRE-2] [RUN-2] resumes after a reload in the middle of an answer', async () => {
    const left = await chatWith();
    const sending = left.sendMessage({ text: LONG });
    await until(() => textOf(left.messages[1]).length > 20);
    await left.stop();
    await sending;
    const messages = await loaded(left.id);
    expect(messages.map(({ role }) => role)).toEqual(['user']);
    const chat = await chatWith({ id: left.id, messages });
    await chat.resumeStream();
    expect(chat.messages).toHaveLength(2);
    expect(textOf(chat.messages[1])).toBe(ALL);
    // What a page shows that saw it stream, and one that loaded it later.
    const [, later] = await loaded(left.id);
    expect(later?.id).toBe(chat.messages[1]?.id);
    expect(later?.parts).toEqual([{ type: 'text', text: ALL, state: 'done' }]);
  });

  it('[WIRE-2] has nothing to resume when nothing runs', async () => {
    const chat = await chatWith();
    await chat.sendMessage({ text: 'One' });
    await chat.resumeStream();
    expect(chat.messages).toHaveLength(2);
    expect(textOf(chat.messages[1])).toBe('Hello there');
  });

  it('[WIRE-2] regenerates the last answer, and one before it', async () => {
    const chat = await chatWith();
    await chat.sendMessage({ text: 'One' });
    await chat.sendMessage({ text: 'Two' });
    await chat.regenerate();
    expect(storedIn(chat.id)).toEqual(['One', 'Hello there', 'Two', 'Hello there']);
    await chat.regenerate({ messageId: chat.messages[1]?.id ?? '' });
    expect(chat.status).toBe('ready');
    expect(chat.messages).toHaveLength(2);
    expect(storedIn(chat.id)).toEqual(['One', 'Hello there']);
  });

  it('[WIRE-2] edits a question and goes on from there', async () => {
    const chat = await chatWith();
    await chat.sendMessage({ text: 'One' });
    await chat.sendMessage({ text: 'Two' });
    const [first] = chat.messages;
    await chat.sendMessage({ text: 'Uno', messageId: first?.id });
    expect(chat.status).toBe('ready');
    expect(storedIn(chat.id)).toEqual(['Uno', 'Hello there']);
    expect(chat.messages.map((message) => textOf(message))).toEqual(['Uno', 'Hello there']);
    // Edited, it has the same id as before, and can be edited again.
    await chat.sendMessage({ text: 'Eins', messageId: first?.id });
    expect(storedIn(chat.id)).toEqual(['Eins', 'Hello there']);
  });

  it('[WIRE-2] [PROV-8] hears that text was taken back', async () => {
    const heard: unknown[] = [];
    const chat = await chatWith({ onData: (part) => heard.push([part.type, part.data]) });
    await chat.sendMessage({
      text: '[[simulate: late_violation, text="Something bad", async_filter, to=9]]',
    });
    expect(heard).toEqual([['data-redact', { from: 0, to: 9 }]]);
    expect(chat.messages[1]?.parts.map(({ type }) => type)).toEqual(['text']);
    const [, later] = await loaded(chat.id);
    expect(textOf(later)).toBe('█████████ bad');
  });

  it('[WIRE-2] [RUN-10] a server that goes away is never a success', async () => {
    const own = await startService({ script: { tokens: 'endless', delayMs: 5 } });
    try {
      const { ai } = await release(alias);
      const transport = new ai.DefaultChatTransport({ api: `${own.url}/api/chat` });
      const chat = openChat(ai, { id: 'gone', transport });
      const sending = chat.sendMessage({ text: 'Go on' });
      await until(() => textOf(chat.messages[1]).length > 10);
      await own.server[Symbol.asyncDispose]();
      await sending;
      expect(chat.status).toBe('error');
      expect(textOf(chat.messages[1])).toMatch(/^0 1 2 /);
    } finally {
      await own[Symbol.asyncDispose]();
    }
  });
});

describe('what useChat sends', () => {
  const question = (id: string, text: string) => ({ id, role: 'user', parts: [{ type: 'text', text }] });
  const send = (body: unknown) =>
    fetch(`${service.url}/api/chat`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  it('[WIRE-2] only the last message, and extras of the application', async () => {
    const response = await send({
      id: 'override',
      message: { ...question('m1', 'Hi'), metadata: { mine: 1 }, createdAt: 'now' },
      selectedChatModel: 'theirs',
      model: 'theirs',
      options: { theirs: true },
    });
    expect(response.headers.get('x-vercel-ai-ui-message-stream')).toBe('v1');
    await response.text();
    const [user, assistant] = await loaded('override');
    expect([user?.id, textOf(user)]).toEqual(['m1', 'Hi']);
    expect(assistant?.metadata).toMatchObject({ status: 'complete' });
  });

  it('[WIRE-2] text in several parts is one text; what is not text is no text', async () => {
    const response = await send({
      id: 'parts',
      messages: [
        { id: 's', role: 'system', parts: [{ type: 'text', text: 'Be kind.' }] },
        question('m1', 'One'),
        {
          id: 'a1',
          role: 'assistant',
          parts: [{ type: 'step-start' }, { type: 'reasoning', text: 'Hm' }, { type: 'text', text: 'Two' }],
        },
        {
          id: 'm2',
          role: 'user',
          parts: [{ type: 'text', text: 'Th' }, { type: 'data-x' }, { type: 'text', text: 'ree' }],
        },
      ],
    });
    await response.text();
    expect(storedIn('parts')).toEqual(['One', 'Two', 'Three', 'Hello there']);
    expect(service.simulator.requests.at(-1)?.body.messages[0]?.content).toBe('Be kind.');
  });

  it('[WIRE-2] the same message twice at once is one question', async () => {
    const body = { id: 'twice', trigger: 'submit-message', messages: [question('m1', 'Hi')] };
    const responses = await Promise.all([send(body), send(body)]);
    await Promise.all(responses.map((response) => response.text()));
    expect(responses.map(({ status }) => status)).toEqual([200, 200]);
    expect(storedIn('twice')).toEqual(['Hi', 'Hello there']);
  });

  it('[WIRE-2] a conversation without a chat id starts a chat', async () => {
    const response = await send({ messages: [question('m1', 'Hi')] });
    expect(response.headers.get('x-chat-id')).toMatch(/^[0-9a-f-]{36}$/);
    await response.text();
  });
});

async function activeRun(chatId: string): Promise<string> {
  let runId: string | undefined;
  await until(async () => {
    const response = await fetch(`${service.url}/api/chat/${chatId}`);
    if (response.ok) runId = (await response.json()).activeRun?.runId;
    return runId !== undefined;
  });
  return runId ?? '';
}

async function loaded(chatId: string): Promise<UiMessage[]> {
  const response = await fetch(`${service.url}/api/chat/${chatId}?protocol=ui`);
  return (await response.json()).messages;
}

function storedIn(chatId: string): string[] {
  return service
    .query<{ content: string }>(
      'SELECT content FROM Message WHERE chatId = ? AND supersededAt IS NULL ORDER BY position',
      chatId,
    )
    .map(({ content }) => content);
}

async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 30_000;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error('it never happened');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
