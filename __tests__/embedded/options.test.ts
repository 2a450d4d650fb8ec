import type { Doc } from 'sharedb/lib/client/index.js';
import { performAIChat } from '../../src/embedded/chats/ai-chat.ts';
import { validateRequest } from '../../src/embedded/chats/request.ts';
import { performAIEditing } from '../../src/embedded/files/ai-editing.ts';
import { createLLMFunction } from '../../src/providers/llm-function.ts';
import { OwnShareDB } from '../support/own-sharedb.ts';

const ANSWER = 'Made.\n\n**a.txt**\n\n```\nNew\n```\n';

/** As somebody calls it who writes JavaScript. */
const called = (act: (options: never) => unknown, options: object) =>
  Promise.resolve().then(() => act(options as never));

describe('options', () => {
  let shared: OwnShareDB;
  let doc: Doc;
  beforeEach(async () => {
    shared = new OwnShareDB('json1');
    doc = await shared.open('p', { files: { a: { name: 'a.txt', text: 'Old\n' } } });
  });
  afterEach(() => shared[Symbol.asyncDispose]());

  it('[LIB-1] have their names from VZCode where they mean the same', async () => {
    const calls: string[] = [];
    const llmFunction = async () => ANSWER;
    const result = await performAIEditing({
      shareDBDoc: doc,
      prompt: 'Hi',
      llmFunction,
      runCode: () => calls.push(doc.data.files.a.text),
    });
    expect(calls).toEqual(['New\n']);
    expect(result.files).toMatchObject([{ name: 'a.txt', change: 'changed' }]);
    await performAIChat({ shareDBDoc: doc, chatId: 'c', prompt: 'Hi', llmFunction });
    expect(doc.data.chats.c.messages).toMatchObject([{ content: 'Hi' }, { content: ANSWER }]);
  });

  it.each<[string, (options: never) => unknown, object, string]>([
    ['runCode', performAIChat, { runCode() {} }, 'is called after an edit; in a chat no file changes'],
    ['sharedDoc', performAIEditing, { sharedDoc: {} }, 'is not an option of performAIEditing'],
    ['shareDBDoc', performAIChat, { doc: {}, shareDBDoc: {} }, 'is another name of doc; give one of them'],
    ['doc', performAIEditing, { prompt: 'Hi' }, 'must be a document of ShareDB'],
    ['chatId', createLLMFunction, { chatId: 'c', model: 'm' }, 'performAIChat'],
    ['shareDBDoc', createLLMFunction, { shareDBDoc: {}, model: 'm' }, 'performAIEditing'],
    ['createVizBotLocalPresence', createLLMFunction, { createVizBotLocalPresence() {} }, 'no counterpart'],
    ['aiRequestOptions', createLLMFunction, { aiRequestOptions: {} }, 'parameters'],
    ['toString', createLLMFunction, { toString: 1 }, 'is not an option of createLLMFunction'],
    ['provider', createLLMFunction, { model: 'gpt-4o' }, 'is missing, for example openai({ apiKey })'],
  ])('[ERR-1] are refused by name where they do not (%s, %#)', async (field, act, options, sentence) => {
    await expect(called(act, options)).rejects.toMatchObject({
      code: 'invalid_request',
      details: [{ field, message: expect.stringContaining(sentence) }],
    });
  });

  it('[ERR-1] are refused in at most 20 details', async () => {
    const many = Object.fromEntries(Array.from({ length: 500 }, (_, index) => [`option${index}`, index]));
    const refused = await called(createLLMFunction, many).catch((error) => error);
    expect(refused).toMatchObject({ details: { length: 20 } });
    expect(String(refused).length).toBeLessThan(2000);
  });

  it('[LIB-1] take every function that answers', async () => {
    const forms = {
      text: async () => 'Said.',
      whole: async () => ({ content: 'Said.', model: 'mine' }),
      texts: async function* () {
        yield 'Sa';
        yield 'id.';
      },
      events: async function* () {
        yield { type: 'content' as const, content: 'Said.', chunkNumber: 1 };
      },
    };
    for (const [form, llmFunction] of Object.entries(forms)) {
      const result = await performAIChat({ doc, chatId: form, prompt: 'Hi', llmFunction });
      expect(result).toMatchObject({
        content: 'Said.',
        finishReason: 'stop',
        usage: { completionTokens: 3 },
      });
      expect(doc.data.chats[form].messages[1]).toMatchObject({ content: 'Said.', isComplete: true });
    }
  });

  it('[LIB-1] are told of a function that does not answer, and the document says so', async () => {
    for (const wrong of [undefined, 'gpt-4o', {}]) {
      await expect(
        called(performAIChat, { doc, chatId: 'c', prompt: 'Hi', llmFunction: wrong }),
      ).rejects.toMatchObject({ details: [{ field: 'llmFunction' }] });
    }
    expect(doc.data).not.toHaveProperty('chats');
    for (const nothing of [async () => {}, () => 7, async () => ({ text: 'Said.' })]) {
      await expect(
        called(performAIChat, { doc, chatId: 'c', prompt: 'Hi', llmFunction: nothing }),
      ).rejects.toMatchObject({ details: [{ field: 'llmFunction' }] });
      expect(doc.data.chats.c).toMatchObject({ isStreaming: false });
      expect(doc.data.chats.c.messages.at(-1)).toMatchObject({ error: { code: 'invalid_request' } });
    }
  });

  it('[LIB-1] do not wait for a function that takes no notice of the signal', async () => {
    const controller = new AbortController();
    const waiting = performAIChat({
      doc,
      chatId: 'c',
      prompt: 'Hi',
      signal: controller.signal,
      llmFunction: () => {
        setImmediate(() => controller.abort(new Error('enough')));
        return new Promise<string>(() => {});
      },
    });
    await expect(waiting).rejects.toThrow('enough');
    expect(doc.data.chats.c.messages[1]).toMatchObject({ isComplete: true, error: { code: 'stopped' } });
  });

  it('[LIB-1] of a request are checked with its response, as VZCode does', () => {
    const sent: unknown[] = [];
    const response = { status: (status: number) => ({ json: (body: unknown) => sent.push(status, body) }) };
    expect(validateRequest({ body: { chatId: 'c', content: 'Hi', mode: 'ask' } }, response)).toBe(true);
    expect(sent).toEqual([]);
    expect(validateRequest({ body: { chatId: '', mode: 'ask' } }, response)).toBe(false);
    expect(sent).toEqual([
      400,
      {
        error: expect.objectContaining({
          code: 'invalid_request',
          details: [
            expect.objectContaining({ field: 'chatId' }),
            expect.objectContaining({ field: 'content' }),
          ],
        }),
      },
    ]);
    for (const request of [{}, undefined, { body: 'text' }]) {
      expect(validateRequest(request as object, response)).toBe(false);
    }
  });
});
