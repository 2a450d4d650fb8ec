import fc from 'fast-check';
import type { Doc } from 'sharedb/lib/client/index.js';
import { type AIEditing, type EditingEvent, performAIEditing } from '../../src/embedded/files/ai-editing.ts';
import { azure } from '../../src/providers/azure.ts';
import { createLLMFunction } from '../../src/providers/llm-function.ts';
import type { Script } from '../../src/simulator/script.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import {
  caughtUp,
  insertedBy,
  OwnShareDB,
  put,
  TYPE_NAMES,
  type TypeName,
  typeInto,
} from '../support/own-sharedb.ts';

const NOW = { delayMs: 0, firstDelayMs: 0 };
const FILES = {
  a: { name: 'index.html', text: '<h1>Old</h1>\n<p>One</p>\n<p>Two</p>\n' },
  b: { name: 'old.css', text: 'h1 { color: red }\n' },
};
const block = (name: string, text: string) => `**${name}**\n\n\`\`\`\n${text}\`\`\`\n\n`;
const ANSWER = [
  'I make it new.\n\n',
  block('index.html', '<h1>New</h1>\n<p>One</p>\n<p>Two</p>\n<p>Three</p>\n'),
  block('script.js', 'console.log(1)\n'),
  block('old.css', ''),
  'Done.',
].join('');
/** As a model says it: some characters at a time. */
const inPieces = (text: string, length = 7) =>
  Array.from({ length: Math.ceil(text.length / length) }, (_, at) =>
    text.slice(at * length, (at + 1) * length),
  );

describe.each<TypeName>(TYPE_NAMES)('an edit of files in a document of type %s', (type) => {
  let simulator: Simulator;
  let shared: OwnShareDB;
  let doc: Doc;
  beforeAll(async () => {
    simulator = await startSimulator();
  });
  afterAll(() => simulator[Symbol.asyncDispose]());
  beforeEach(async () => {
    shared = new OwnShareDB(type);
    doc = await shared.open('p', { files: structuredClone(FILES), title: 'Mine' });
    shared.ops.length = 0;
  });
  afterEach(() => shared[Symbol.asyncDispose]());

  const provider = () => azure({ endpoint: simulator.url, credential: 'key', apiVersion: '2024-10-21' });
  function edit(script: Script, more: Partial<Omit<AIEditing, 'doc' | 'shareDBDoc'>> = {}) {
    simulator.setBehaviour(script);
    const llmFunction = createLLMFunction({ provider: provider(), model: 'm', retry: { attempts: 1 } });
    return performAIEditing({ doc, prompt: 'Make it new', llmFunction, ...more });
  }
  const named = (of: Doc) =>
    Object.fromEntries(
      Object.values<{ name: string; text: string }>(of.data.files).map(({ name, text }) => [name, text]),
    );
  const EDITED = {
    'index.html': '<h1>New</h1>\n<p>One</p>\n<p>Two</p>\n<p>Three</p>\n',
    'script.js': 'console.log(1)\n',
  };

  it('[LIB-1] [EDIT-2] changes what is different, and says what it does', async () => {
    const events: EditingEvent[] = [];
    const result = await edit(
      { chunks: inPieces(ANSWER), ...NOW, delayMs: 1 },
      { onEvent: (event) => events.push(event) },
    );
    expect(named(doc)).toEqual(EDITED);
    expect(result).toMatchObject({
      finishReason: 'stop',
      messageId: null,
      files: [
        { name: 'index.html', change: 'changed' },
        { name: 'script.js', change: 'created' },
        { name: 'old.css', change: 'deleted' },
      ],
    });
    expect(result.content.trim()).toMatch(/^I make it new\.\s+Done\.$/);
    const marks = events.filter(({ type }) => type !== 'text_chunk');
    expect(marks).toMatchObject([
      { type: 'file_start', name: 'index.html' },
      { type: 'file_complete', name: 'index.html', before: FILES.a.text, after: EDITED['index.html'] },
      { type: 'file_start', name: 'script.js' },
      { type: 'file_complete', name: 'script.js', before: null },
      { type: 'file_delete', name: 'old.css', before: FILES.b.text },
    ]);
    expect(insertedBy(shared.ops)).not.toContain('<p>One</p>');
    expect(doc.data.title).toBe('Mine');
  });

  it('[LIB-1] writes the turn into a chat, if there is one, and tells the model what was said there', async () => {
    await edit({ chunks: inPieces(ANSWER), ...NOW }, { chatId: 'c' });
    await edit({ chunks: ['Nothing to do.'], ...NOW }, { chatId: 'c', prompt: 'And now?' });
    const { messages, isStreaming } = doc.data.chats.c;
    expect(isStreaming).toBe(false);
    expect(messages).toMatchObject([
      { role: 'user', content: 'Make it new' },
      { role: 'assistant', isComplete: true, content: expect.stringContaining('I make it new.') },
      { role: 'user', content: 'And now?' },
      { role: 'assistant', content: 'Nothing to do.' },
    ]);
    expect(messages[1].streamingEvents.map(({ type }: { type: string }) => type)).toEqual(
      expect.arrayContaining(['text_chunk', 'file_start', 'file_complete', 'file_delete']),
    );
    const asked = simulator.requests.at(-1)?.body.messages.map(({ role }) => role);
    expect(asked).toEqual(['system', 'user', 'assistant', 'user']);
  });

  it.each<['keep' | 'rollback', Record<string, string>]>([
    ['keep', { 'index.html': '<h1>New</h1>\n', 'old.css': FILES.b.text }],
    ['rollback', { 'index.html': FILES.a.text, 'old.css': FILES.b.text }],
  ])('[EDIT-4] ends in a state that is known when the provider dies: %s', async (onFailure, expected) => {
    const begun = `Now:\n\n**index.html**\n\n\`\`\`\n<h1>New</h1>\n<p>O`;
    const chunks = inPieces(begun);
    const dying: Script = {
      chunks: [...chunks, 'ne'],
      ...NOW,
      delayMs: 2,
      fault: { kind: 'close', at: chunks.length },
    };
    await expect(edit(dying, { onFailure, chatId: 'c' })).rejects.toMatchObject({
      code: 'provider_unavailable',
    });
    const files = named(doc);
    if (onFailure === 'rollback') expect(files).toEqual(expected);
    expect(files['index.html']?.startsWith(expected['index.html'] ?? '?')).toBe(true);
    expect(files['old.css']).toBe(expected['old.css']);
    const { messages, isStreaming, aiStatus } = doc.data.chats.c;
    expect([isStreaming, typeof aiStatus]).toEqual([false, 'string']);
    expect(messages[1]).toMatchObject({ isComplete: true, error: { code: 'provider_unavailable' } });
    expect(messages[1].streamingEvents.at(-1)).toMatchObject({
      type: 'status_update',
      status: expect.stringContaining(onFailure === 'keep' ? 'stays' : 'taken back'),
    });
  });

  it('[PROV-8] has nowhere any more what the filter takes back', async () => {
    const answer = `Harmless.\n\n${block('index.html', 'swordfish\n')}${block('fine.txt', 'fine\n')}`;
    const from = answer.indexOf('swordfish');
    const fault = { kind: 'late_violation', at: 'end', from, to: from + 9 } as const;
    const result = await edit(
      { chunks: inPieces(answer), ...NOW, fault, asyncFilter: true },
      { chatId: 'c' },
    );
    expect(named(doc)).toEqual({
      'index.html': FILES.a.text,
      'old.css': FILES.b.text,
      'fine.txt': 'fine\n',
    });
    expect(JSON.stringify([doc.data, result])).not.toContain('swordfish');
    expect(result.files).toContainEqual(expect.objectContaining({ name: 'index.html', change: 'left_out' }));
  });

  it('[EDIT-4] stops', async () => {
    const controller = new AbortController();
    const endless = {
      chunks: inPieces(block('index.html', 'line\n'.repeat(5000)), 50),
      delayMs: 1,
      firstDelayMs: 0,
    };
    doc.on('op', () => {
      if (doc.data.files.a.text.length > 500) controller.abort(new Error('enough'));
    });
    await expect(edit(endless, { signal: controller.signal, onFailure: 'rollback' })).rejects.toThrow(
      'enough',
    );
    expect(named(doc)).toEqual({ 'index.html': FILES.a.text, 'old.css': FILES.b.text });
  });

  it('[EDIT-5] is undone as a whole, without what people wrote since', async () => {
    const result = await edit({ chunks: inPieces(ANSWER), ...NOW });
    const person = await shared.open('p');
    typeInto(person, ['files', 'a', 'text'], 0, '<!-- mine -->\n');
    await caughtUp(person);
    await caughtUp(doc);
    shared.ops.length = 0;
    await result.undo();
    await result.undo();
    expect(shared.ops).toHaveLength(1);
    expect(named(doc)).toEqual({ 'index.html': `<!-- mine -->\n${FILES.a.text}`, 'old.css': FILES.b.text });
  });

  it('[LIB-1] takes a text that an application sets, instead of changing it, for what it is', async () => {
    // Of json1 itself: then ShareDB refuses what the application does, as a conflict.
    if (type === 'json1') return;
    const person = await shared.open('p');
    const slow: Script = { chunks: inPieces(ANSWER, 3), delayMs: 2, firstDelayMs: 0 };
    const editing = edit(slow);
    await new Promise<void>((resolve) => doc.once('op', () => resolve()));
    put(person, ['files', 'a', 'text'], 'A person starts afresh\n');
    await editing;
    await caughtUp(person);
    expect(person.data).toEqual(doc.data);
    expect(named(doc)['index.html']).toContain('A person starts afresh');
  });

  it.each<[string, object]>([
    ['something else in place of its files', { files: [1] }],
    ['a file without text', { files: { a: { name: 'x' } } }],
  ])('[ERR-1] refuses a document with %s', async (_what, data) => {
    const other = await shared.open('other', data);
    simulator.setBehaviour({ chunks: ['x'] });
    const llmFunction = createLLMFunction({ provider: provider(), model: 'm' });
    const refused = performAIEditing({ doc: other, prompt: 'Hi', llmFunction });
    await expect(refused).rejects.toMatchObject({ code: 'invalid_request' });
  });

  it('[LIB-1] makes the place for files where there is none', async () => {
    const empty = await shared.open('empty', {});
    simulator.setBehaviour({ chunks: inPieces(block('a.txt', 'Hello\n')), ...NOW });
    const llmFunction = createLLMFunction({ provider: provider(), model: 'm' });
    await performAIEditing({ doc: empty, prompt: 'Hi', llmFunction });
    expect(named(empty)).toEqual({ 'a.txt': 'Hello\n' });
  });

  it('[EDIT-2] [LIB-1] loses nothing that a person types into the same file, whenever and wherever', async () => {
    /** One unit, so that nobody types into the middle of it. */
    const mark = (index: number) => String.fromCharCode('①'.charCodeAt(0) + index);
    const typing = fc.array(fc.record({ at: fc.double({ min: 0, max: 1, noNaN: true }), after: fc.nat(6) }), {
      minLength: 1,
      maxLength: 8,
    });
    await fc.assert(
      fc.asyncProperty(
        typing,
        fc.integer({ min: 2, max: 40 }),
        fc.infiniteStream(fc.nat(3)),
        async (typed, length, delays) => {
          await using own = new OwnShareDB(type);
          const [edited, person] = [
            await own.open('q', { files: structuredClone(FILES) }),
            await own.open('q'),
          ];
          own.delays = () => delays.next().value ?? 0;
          simulator.setBehaviour({ chunks: inPieces(ANSWER, length), delayMs: 1, firstDelayMs: 0 });
          const llmFunction = createLLMFunction({ provider: provider(), model: 'm' });
          const editing = performAIEditing({ doc: edited, prompt: 'Make it new', llmFunction, chatId: 'c' });
          for (const [index, { at, after }] of typed.entries()) {
            for (let turn = 0; turn < after; turn += 1)
              await new Promise((resolve) => setTimeout(resolve, 1));
            const { text } = person.data.files.a;
            typeInto(person, ['files', 'a', 'text'], Math.floor(at * text.length), mark(index));
          }
          await editing;
          await Promise.all([caughtUp(person), caughtUp(edited)]);
          expect(person.data).toEqual(edited.data);
          const { text } = person.data.files.a;
          for (const index of typed.keys()) expect(text).toContain(mark(index));
          expect(text.replaceAll(/[①-⑨]/g, '')).toBe(EDITED['index.html']);
          expect(own.ops.filter((op) => op === null || op.length === 0)).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
  });
});
