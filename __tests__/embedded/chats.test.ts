import fc from 'fast-check';
import type { Doc } from 'sharedb/lib/client/index.js';
import { performAIChat } from '../../src/embedded/chats/ai-chat.ts';
import type { DocumentChat, StreamingEvent } from '../../src/embedded/chats/chat-object.ts';
import {
  addUserMessage,
  ensureChatExists,
  ensureChatsExist,
  setAIStatus,
  updateStreamingStatus,
} from '../../src/embedded/chats/chat-operations.ts';
import { validateRequest } from '../../src/embedded/chats/request.ts';
import {
  addStreamingEvent,
  createStreamingAIMessage,
  finalizeStreamingMessage,
  interruptStreams,
  redactStreamingMessage,
} from '../../src/embedded/chats/streaming-operations.ts';
import { azure } from '../../src/providers/azure.ts';
import { createLLMFunction } from '../../src/providers/llm-function.ts';
import type { Script } from '../../src/simulator/script.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { caughtUp, insertedBy, OwnShareDB, put, TYPE_NAMES, type TypeName } from '../support/own-sharedb.ts';

const chat = (doc: Doc, id = 'c'): DocumentChat => doc.data.chats[id];
const textOfEvents = (events: readonly StreamingEvent[] = []) =>
  events.map((event) => (event.type === 'text_chunk' ? event.content : '')).join('');

describe.each<TypeName>(TYPE_NAMES)('chats in a document of an application, of type %s', (type) => {
  let shared: OwnShareDB;
  let doc: Doc;
  beforeEach(async () => {
    shared = new OwnShareDB(type);
    doc = await shared.open('p', { title: 'Mine', files: {} });
    shared.ops.length = 0;
  });
  afterEach(() => shared[Symbol.asyncDispose]());

  it('[LIB-1] are made where they are missing, with one small op, and left alone where they are', async () => {
    await ensureChatsExist(doc);
    await ensureChatsExist(doc);
    expect(doc.data).toEqual({ title: 'Mine', files: {}, chats: {} });
    await ensureChatExists(doc, 'c');
    await ensureChatExists(doc, 'c');
    expect(chat(doc)).toEqual({
      id: 'c',
      messages: [],
      createdAt: expect.closeTo(Date.now() / 1000, -1),
      updatedAt: expect.closeTo(Date.now() / 1000, -1),
    });
    expect(shared.ops).toEqual(
      {
        json0: [[{ p: ['chats'], oi: {} }], [{ p: ['chats', 'c'], oi: chat(doc) }]],
        json1: [
          ['chats', { i: {} }],
          ['chats', 'c', { i: chat(doc) }],
        ],
      }[type === 'json0' ? 'json0' : 'json1'],
    );
  });

  it('[LIB-1] take what the user says, and a status, without an op that changes nothing', async () => {
    const message = await addUserMessage(doc, 'c', 'Hello');
    expect(chat(doc).messages).toEqual([message]);
    expect(message).toMatchObject({ role: 'user', content: 'Hello' });
    shared.ops.length = 0;
    await setAIStatus(doc, 'c', 'Thinking');
    await setAIStatus(doc, 'c', 'Thinking');
    await setAIStatus(doc, 'c', null);
    await setAIStatus(doc, 'c', null);
    expect(shared.ops).toEqual(
      {
        json0: [
          [{ p: ['chats', 'c', 'aiStatus'], oi: 'Thinking' }],
          [{ p: ['chats', 'c', 'aiStatus'], od: 'Thinking' }],
        ],
        json1: [
          ['chats', 'c', 'aiStatus', { i: 'Thinking' }],
          ['chats', 'c', 'aiStatus', { r: 'Thinking' }],
        ],
      }[type === 'json0' ? 'json0' : 'json1'],
    );
  });

  it.each<[string, (doc: Doc) => Promise<unknown>]>([
    ['chatId', (doc) => ensureChatExists(doc, '../etc')],
    ['chatId', (doc) => ensureChatExists(doc, '__proto__')],
    ['chatId', (doc) => addUserMessage(doc, 'constructor', 'x')],
    ['body', (doc) => addUserMessage(doc, 'c', '  ')],
    ['body', (doc) => addUserMessage(doc, 'c', 'half \ud83d')],
    ['body', (doc) => addUserMessage(doc, 'c', 'x'.repeat(262_145))],
  ])('[LIB-1] refuse by name what cannot be stored (%s, %#)', async (_field, act) => {
    await expect(act(doc)).rejects.toMatchObject({ code: 'invalid_request', status: 400 });
    expect(shared.ops).toEqual([]);
    expect(doc.data).toEqual({ title: 'Mine', files: {} });
  });

  it('[LIB-1] stream text as inserts, gathered, with what else happened in its place', async () => {
    const viewer = await shared.open('p');
    await addUserMessage(doc, 'c', 'Write it');
    const id = await createStreamingAIMessage(doc, 'c');
    expect(chat(doc)).toMatchObject({ isStreaming: true });
    shared.ops.length = 0;
    const seen: string[] = [];
    viewer.on('op', () => seen.push(chat(viewer).messages[1]?.content ?? ''));
    const words = Array.from({ length: 2000 }, (_, index) => `${index}\n`);
    for (const [index, content] of words.entries()) {
      addStreamingEvent(doc, 'c', { type: 'text_chunk', content });
      if (index === 999) {
        addStreamingEvent(doc, 'c', { type: 'file_start', fileId: 'f', name: 'a.ts' });
        addStreamingEvent(doc, 'c', { type: 'status_update', status: 'Editing a.ts' });
      }
      if (index % 20 === 0) await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await finalizeStreamingMessage(doc, 'c', { messageId: id });
    await finalizeStreamingMessage(doc, 'c', { messageId: id });
    await caughtUp(viewer);

    expect(viewer.data).toEqual(doc.data);
    const [, message] = chat(viewer).messages;
    expect(message).toMatchObject({ id, content: words.join(''), isComplete: true });
    expect(message?.streamingEvents?.map(({ type }) => type)).toEqual([
      'text_chunk',
      'file_start',
      'status_update',
      'text_chunk',
    ]);
    expect(textOfEvents(message?.streamingEvents)).toBe(words.join(''));
    expect(chat(viewer)).toMatchObject({ isStreaming: false });
    // While it streamed, and not once per word.
    expect(new Set(seen.map((text) => text.length)).size).toBeGreaterThan(3);
    expect(shared.ops.length).toBeLessThan(30);
    expect(JSON.stringify(shared.ops).length).toBeLessThan(words.join('').length * 3);
    expect(() => addStreamingEvent(doc, 'c', { type: 'text_chunk', content: 'late' }, id)).toThrow(
      'does not exist',
    );
  });

  it('[SSE-2] keep characters whole that are cut between pieces', async () => {
    const messageId = await createStreamingAIMessage(doc, 'c');
    for (const unit of '\u{1F600} and \0'.split('')) {
      addStreamingEvent(doc, 'c', { type: 'text_chunk', content: unit });
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await finalizeStreamingMessage(doc, 'c', { messageId });
    expect(chat(doc).messages[0]?.content).toBe('\u{1F600} and \ufffd');
    expect(shared.ops.every((op) => insertedBy(op).isWellFormed())).toBe(true);
  });

  it('[PROV-8] take text back everywhere', async () => {
    const messageId = await createStreamingAIMessage(doc, 'c');
    addStreamingEvent(doc, 'c', { type: 'text_chunk', content: 'good rude ' });
    addStreamingEvent(doc, 'c', { type: 'status_update', status: 'in between' });
    addStreamingEvent(doc, 'c', { type: 'text_chunk', content: 'rude good' });
    redactStreamingMessage(doc, 'c', { from: 5, to: 14 });
    await finalizeStreamingMessage(doc, 'c', { messageId });
    const [message] = chat(doc).messages;
    expect(message?.content).toBe('good █████████ good');
    expect(textOfEvents(message?.streamingEvents)).toBe(message?.content);
    // A word that no identifier in the document can hold: they are written in hexadecimal digits.
    expect(JSON.stringify(doc.data)).not.toContain('rude');
  });

  it('[LIB-1] say that nobody goes on with an answer whose process is gone', async () => {
    await ensureChatExists(doc, 'c');
    const left = { id: 'left', role: 'assistant', content: 'Half', timestamp: 1, streamingEvents: [] };
    put(doc, ['chats', 'c', 'messages', 0], { ...left, isComplete: false });
    put(doc, ['chats', 'c', 'isStreaming'], true);
    const written = await createStreamingAIMessage(doc, 'c');
    expect(await interruptStreams(doc, 'c')).toBe(1);
    expect(chat(doc)).toMatchObject({
      isStreaming: true,
      messages: [{ id: 'left', isComplete: true, error: { code: 'interrupted' } }, { isComplete: false }],
    });
    await finalizeStreamingMessage(doc, 'c', { messageId: written });
    expect(chat(doc).isStreaming).toBe(false);
  });

  it('[LIB-1] stay as they are for an answer that somebody has removed', async () => {
    const messageId = await createStreamingAIMessage(doc, 'c');
    addStreamingEvent(doc, 'c', { type: 'text_chunk', content: 'x' });
    const removing = await shared.open('p');
    await new Promise<void>((resolve) =>
      put(removing, ['chats', 'c', 'messages', 0], undefined, () => resolve()),
    );
    await caughtUp(doc);
    addStreamingEvent(doc, 'c', { type: 'text_chunk', content: 'y' }, messageId);
    await finalizeStreamingMessage(doc, 'c', { messageId });
    expect(chat(doc)).toMatchObject({ messages: [], isStreaming: false });
  });

  it('[LIB-1] validate the request for a turn', () => {
    expect(validateRequest({ chatId: 'c', content: 'Hi' })).toEqual({ chatId: 'c', content: 'Hi' });
    const refused = () => validateRequest({ chatId: 7, content: '', more: true });
    expect(refused).toThrow(
      expect.objectContaining({
        details: [
          expect.objectContaining({ field: 'chatId' }),
          expect.objectContaining({ field: 'content' }),
          expect.objectContaining({ field: 'more' }),
        ],
      }),
    );
  });
});

describe.each<TypeName>(TYPE_NAMES)('two who write at once into a document of type %s', (type) => {
  const piece = fc.string({ unit: 'grapheme', maxLength: 5 });
  const action = fc.oneof(
    fc.record({
      kind: fc.constant('ask' as const),
      text: fc.string({ unit: 'grapheme', minLength: 1, maxLength: 9 }),
    }),
    fc.record({ kind: fc.constant('answer' as const), pieces: fc.array(piece, { maxLength: 6 }) }),
    fc.record({ kind: fc.constant('status' as const), text: fc.constantFrom('a', 'b', null) }),
  );
  const plan = fc.array(fc.tuple(fc.constantFrom('c', 'd'), action), { minLength: 1, maxLength: 5 });

  it('[LIB-1] lose nothing of each other, converge, and send no empty op, however messages are delayed', async () => {
    await fc.assert(
      fc.asyncProperty(plan, plan, fc.infiniteStream(fc.nat(4)), async (first, second, delays) => {
        await using shared = new OwnShareDB(type);
        const docs = [await shared.open('p'), await shared.open('p')];
        shared.delays = () => delays.next().value ?? 0;
        const said = { c: new Map<string, string>(), d: new Map<string, string>() };
        const write = async (doc: Doc, actions: typeof first) => {
          for (const [chatId, act] of actions) await perform(doc, chatId === 'c' ? 'c' : 'd', act, said);
        };
        const [one, two] = docs;
        if (!one || !two) throw new Error('two');
        await Promise.all([write(one, first), write(two, second)]);
        await Promise.all(docs.map(caughtUp));

        expect(one.data).toEqual(two.data);
        for (const chatId of ['c', 'd'] as const) {
          const messages = one.data.chats?.[chatId]?.messages ?? [];
          const found = messages.map(({ id, content }: { id: string; content: string }) => [id, content]);
          expect(new Map(found)).toEqual(said[chatId]);
          expect(messages).toHaveLength(said[chatId].size);
          expect(one.data.chats?.[chatId]?.isStreaming ?? false).toBe(false);
          for (const { content, streamingEvents } of messages) {
            if (streamingEvents) expect(textOfEvents(streamingEvents)).toBe(content);
          }
        }
        expect(shared.ops.filter((op) => op === null || op.length === 0)).toEqual([]);
      }),
      { numRuns: 200 },
    );
  });

  type Said = Record<'c' | 'd', Map<string, string>>;

  async function perform(
    doc: Doc,
    chatId: 'c' | 'd',
    act:
      | { kind: 'ask'; text: string }
      | { kind: 'answer'; pieces: string[] }
      | { kind: 'status'; text: string | null },
    said: Said,
  ): Promise<void> {
    switch (act.kind) {
      case 'ask': {
        const content = `${act.text.replaceAll('\0', '.')}!`;
        const { id } = await addUserMessage(doc, chatId, content);
        said[chatId].set(id, content);
        return;
      }
      case 'answer': {
        const id = await createStreamingAIMessage(doc, chatId);
        for (const content of act.pieces) {
          addStreamingEvent(doc, chatId, { type: 'text_chunk', content }, id);
          await new Promise(setImmediate);
        }
        await finalizeStreamingMessage(doc, chatId, { messageId: id });
        said[chatId].set(id, act.pieces.join('').replaceAll('\0', '\ufffd'));
        return;
      }
      case 'status':
        await ensureChatExists(doc, chatId);
        await setAIStatus(doc, chatId, act.text);
        await updateStreamingStatus(doc, chatId, null);
    }
  }
});

describe.each<TypeName>(TYPE_NAMES)('a turn in a document of type %s', (type) => {
  let simulator: Simulator;
  let shared: OwnShareDB;
  let doc: Doc;
  beforeAll(async () => {
    simulator = await startSimulator();
  });
  afterAll(() => simulator[Symbol.asyncDispose]());
  beforeEach(async () => {
    shared = new OwnShareDB(type);
    doc = await shared.open('p');
  });
  afterEach(() => shared[Symbol.asyncDispose]());

  const NOW = { delayMs: 0, firstDelayMs: 0 };
  function llm(script: Script) {
    simulator.setBehaviour(script);
    const provider = azure({ endpoint: simulator.url, credential: 'key', apiVersion: '2024-10-21' });
    return createLLMFunction({
      provider,
      model: 'm',
      retry: { attempts: 1 },
      stream: { idleTimeoutMs: 1_000 },
    });
  }
  const turn = (prompt: string, script: Script, more: object = {}) =>
    performAIChat({ doc, chatId: 'c', prompt, llmFunction: llm(script), systemPrompt: 'Be brief.', ...more });

  it('[LIB-1] streams into the document, and the next one knows what was said', async () => {
    const first = await turn('One?', { chunks: ['First', ' answer'], ...NOW });
    await turn('Two?', { chunks: ['Second'], ...NOW });
    expect(chat(doc).messages.map(({ role, content }) => [role, content])).toEqual([
      ['user', 'One?'],
      ['assistant', 'First answer'],
      ['user', 'Two?'],
      ['assistant', 'Second'],
    ]);
    expect(first).toMatchObject({ content: 'First answer', messageId: chat(doc).messages[1]?.id });
    expect(simulator.requests.at(-1)?.body.messages).toEqual([
      { role: 'system', content: 'Be brief.' },
      { role: 'user', content: 'One?' },
      { role: 'assistant', content: 'First answer' },
      { role: 'user', content: 'Two?' },
    ]);
    expect(chat(doc)).toMatchObject({ isStreaming: false });
    expect(chat(doc)).not.toHaveProperty('currentStatus');
  });

  it('[LIB-1] says that the model thinks, once, and writes none of it', async () => {
    shared.ops.length = 0;
    await turn('Why?', { reasoning: 'because '.repeat(200), chunks: ['So.'], delayMs: 1, firstDelayMs: 0 });
    const thinking = shared.ops.filter((op) => JSON.stringify(op).includes('currentStatus'));
    expect(thinking.map((op) => JSON.stringify(op))).toEqual(
      Array(2).fill(expect.stringContaining('Thinking …')),
    );
    expect(JSON.stringify(doc.data)).not.toContain('because');
    expect(shared.ops.length).toBeLessThan(10);
  });

  it.each<[string, Script, string]>([
    ['refuses', { fault: { kind: 'server_error' } }, 'provider_unavailable'],
    ['dies in the middle', { tokens: 20, ...NOW, fault: { kind: 'close', at: 5 } }, 'provider_unavailable'],
    ['falls silent', { tokens: 20, ...NOW, fault: { kind: 'stall', at: 5 } }, 'idle_timeout'],
  ])('[LIB-1] spins no more when the provider %s, and says so', async (_what, script, code) => {
    await expect(turn('Hi', script)).rejects.toMatchObject({ code });
    const [, answer] = chat(doc).messages;
    expect(answer).toMatchObject({ isComplete: true, error: { code } });
    expect(chat(doc)).toMatchObject({ isStreaming: false, aiStatus: answer?.error?.message });
    expect(chat(doc)).not.toHaveProperty('currentStatus');
    await turn('Again', { chunks: ['Well'], ...NOW });
    expect(chat(doc)).not.toHaveProperty('aiStatus');
  });

  it('[LIB-1] stops, and keeps its text', async () => {
    const controller = new AbortController();
    doc.on('op', () => {
      if ((chat(doc)?.messages[1]?.content.length ?? 0) > 20) controller.abort(new Error('enough'));
    });
    const endless: Script = { tokens: 'endless', delayMs: 1, firstDelayMs: 0 };
    await expect(turn('Hi', endless, { signal: controller.signal })).rejects.toThrow('enough');
    const [, answer] = chat(doc).messages;
    expect(answer).toMatchObject({ isComplete: true, error: { code: 'stopped' } });
    expect(answer?.content.length).toBeGreaterThan(20);
    expect(chat(doc)).toMatchObject({ isStreaming: false, aiStatus: 'Stopped.' });
    await simulator.requests.at(-1)?.closed;
    expect(simulator.requests.at(-1)?.aborted).toBe(true);
  });

  it('[LIB-1] erases nothing of another turn at the same time, in the same chat, over another connection', async () => {
    const other = await shared.open('p');
    simulator.setBehaviour(({ body }) => ({
      chunks: [`You said ${body.messages.at(-1)?.content}. `, 'Yes.'],
      delayMs: 1,
    }));
    const provider = azure({ endpoint: simulator.url, credential: 'key', apiVersion: '2024-10-21' });
    const llmFunction = createLLMFunction({ provider, model: 'm' });
    await Promise.all([
      performAIChat({ doc, chatId: 'c', prompt: 'one', llmFunction }),
      performAIChat({ doc: other, chatId: 'c', prompt: 'two', llmFunction }),
    ]);
    await Promise.all([caughtUp(doc), caughtUp(other)]);
    expect(doc.data).toEqual(other.data);
    expect(new Set(chat(doc).messages.map(({ content }) => content))).toEqual(
      new Set(['one', 'two', 'You said one. Yes.', 'You said two. Yes.']),
    );
    expect(chat(doc)).toMatchObject({ isStreaming: false });
  });
});
