import fc from 'fast-check';
import richText from 'rich-text';
import ShareDB from 'sharedb';
import type { Doc } from 'sharedb/lib/client/index.js';
import type { LLMEvent, LLMFunction } from '../../src/chat/llm-function.ts';
import { performAIChat } from '../../src/embedded/chats/ai-chat.ts';
import {
  addUserMessage,
  ensureChatExists,
  ensureChatsExist,
  setAIStatus,
  updateStreamingStatus,
} from '../../src/embedded/chats/chat-operations.ts';
import {
  addStreamingEvent,
  createStreamingAIMessage,
  finalizeStreamingMessage,
  interruptStreams,
} from '../../src/embedded/chats/streaming-operations.ts';
import { performAIEditing } from '../../src/embedded/files/ai-editing.ts';
import { caughtUp, OwnShareDB, put, TYPE_NAMES, type TypeName, typeInto } from '../support/own-sharedb.ts';
import { told } from '../support/viewer.ts';

ShareDB.types.register(richText.type);

const FILES = {
  a: { name: 'index.html', text: '<h1>Old \u{1F600}</h1>\n<p>One</p>\n<p>\u{1F4A1} Two</p>\n' },
  b: { name: 'b.css', text: 'h1 { color: red }\n' },
};
const block = (name: string, text: string) => `**${name}**\n\n\`\`\`\n${text}\`\`\`\n\n`;
const EDITED = {
  'index.html':
    '<h1>New \u{1F680}</h1>\n<p>One</p>\n<p>\u{1F4A1} Two</p>\n<p>Three</p>\n<p>Four</p>\n<p>Five</p>\n<p>Six</p>\n',
  'b.css': 'h1 { color: blue }\np { margin: 0 }\n',
  'c.js': 'console.log("\u{1F600}")\n',
};
const ANSWER = `New:\n\n${Object.entries(EDITED)
  .map(([name, text]) => block(name, text))
  .join('')}`;

/** A model that says the answer in pieces, each after a turn of the event loop and a pause. */
function saying(answer: string, length: number, pause: (at: number) => unknown = () => {}): LLMFunction {
  return () => {
    const result = {
      content: answer,
      reasoning: null,
      finishReason: 'stop' as const,
      usage: { promptTokens: 1, completionTokens: 1, reasoningTokens: 0, totalTokens: 2, estimated: true },
      model: 'm',
      provider: 'p',
    };
    async function* events(): AsyncGenerator<LLMEvent> {
      for (let at = 0, chunkNumber = 1; at < answer.length; at += length, chunkNumber += 1) {
        await new Promise(setImmediate);
        await pause(at);
        yield { type: 'content', content: answer.slice(at, at + length), chunkNumber };
      }
    }
    return Object.assign(Promise.resolve(result), { [Symbol.asyncIterator]: events });
  };
}

const named = ({ data }: Doc) =>
  Object.fromEntries(
    Object.values<{ name: string; text: string }>(data.files).map(({ name, text }) => [name, text]),
  );

describe('a document of another type', () => {
  let shared: OwnShareDB;
  beforeEach(() => {
    shared = new OwnShareDB();
  });
  afterEach(() => shared[Symbol.asyncDispose]());

  const llmFunction = saying('Hi', 1);
  it.each<[string, (doc: Doc) => unknown]>([
    ['ensureChatsExist', (doc) => ensureChatsExist(doc)],
    ['ensureChatExists', (doc) => ensureChatExists(doc, 'c')],
    ['addUserMessage', (doc) => addUserMessage(doc, 'c', 'Hi')],
    ['setAIStatus', (doc) => setAIStatus(doc, 'c', 'Hi')],
    ['updateStreamingStatus', (doc) => updateStreamingStatus(doc, 'c', 'Hi')],
    ['createStreamingAIMessage', (doc) => createStreamingAIMessage(doc, 'c')],
    ['addStreamingEvent', (doc) => addStreamingEvent(doc, 'c', { type: 'text_chunk', content: 'x' })],
    ['finalizeStreamingMessage', (doc) => finalizeStreamingMessage(doc, 'c')],
    ['interruptStreams', (doc) => interruptStreams(doc, 'c')],
    ['performAIChat', (doc) => performAIChat({ doc, chatId: 'c', prompt: 'Hi', llmFunction })],
    ['performAIEditing', (doc) => performAIEditing({ doc, prompt: 'Hi', llmFunction })],
  ])('[LIB-1] is refused by its name, and what is no document as well (%s)', async (_name, act) => {
    const doc: Doc = shared.backend.connect().get('projects', 'rich');
    await told((callback) => doc.create([{ insert: 'Hi' }], richText.type.uri, callback));
    const refused = (of: Doc) => Promise.resolve().then(() => act(of));
    await expect(refused(doc)).rejects.toMatchObject({
      code: 'invalid_request',
      details: [{ field: 'doc', message: 'projects/rich is of the type rich-text, not json0 or json1' }],
    });
    expect(doc.version).toBe(1);
    for (const wrong of [undefined, null, {}, 'projects/p']) {
      await expect(refused(wrong as unknown as Doc)).rejects.toMatchObject({
        code: 'invalid_request',
        details: [{ field: 'doc', message: 'must be a document of ShareDB' }],
      });
    }
  });
});

describe.each<TypeName>(TYPE_NAMES)('a document of type %s', (type) => {
  let shared: OwnShareDB;
  beforeEach(() => {
    shared = new OwnShareDB(type);
  });
  afterEach(() => shared[Symbol.asyncDispose]());

  it('[LIB-1] that somebody creates after it was fetched is taken', async () => {
    const early: Doc = shared.backend.connect().get('projects', 'p');
    await told((callback) => early.fetch(callback));
    await expect(ensureChatsExist(early)).rejects.toMatchObject({
      details: [{ field: 'doc', message: 'projects/p is no document that was fetched' }],
    });
    const creator = await shared.open('p', { title: 'Mine' });
    await addUserMessage(early, 'c', 'Hello');
    await caughtUp(creator);
    expect(creator.data).toMatchObject({ title: 'Mine', chats: { c: { messages: [{ content: 'Hello' }] } } });
    const { files } = await performAIEditing({
      doc: early,
      prompt: 'Hi',
      llmFunction: saying(block('a.txt', 'Hello\n'), 5),
    });
    expect(files).toMatchObject([{ name: 'a.txt', change: 'created' }]);
  });

  it('[LIB-1] has its chats when nobody waits for one call before the next', async () => {
    const doc = await shared.open('p');
    const other = await shared.open('p');
    await Promise.all([
      ensureChatsExist(doc),
      ensureChatExists(doc, 'c'),
      addUserMessage(doc, 'c', 'One'),
      setAIStatusSoon(doc, 'Thinking'),
      ensureChatsExist(other),
      ensureChatExists(other, 'c'),
      addUserMessage(other, 'c', 'Two'),
      setAIStatusSoon(other, 'Done'),
    ]);
    await Promise.all([caughtUp(doc), caughtUp(other)]);
    expect(other.data).toEqual(doc.data);
    const said = doc.data.chats.c.messages.map(({ content }: { content: string }) => content);
    expect(said.sort()).toEqual(['One', 'Two']);
    expect(['Thinking', 'Done']).toContain(doc.data.chats.c.aiStatus);
  });

  async function setAIStatusSoon(doc: Doc, status: string): Promise<void> {
    await ensureChatExists(doc, 'c');
    await setAIStatus(doc, 'c', status);
  }

  it('[LIB-1] [EDIT-2] goes on with the other files when a person removes the one that is being written', async () => {
    const doc = await shared.open('p', { files: structuredClone(FILES) });
    const person = await shared.open('p');
    toleratesConflicts(person);
    const written = new Promise<void>((resolve) =>
      person.on('op', () => {
        if (String(person.data.files.a?.text).includes('New')) resolve();
      }),
    );
    let remove = () => {};
    const removal = new Promise<boolean>((resolve) => {
      // In json1 the removal itself may be refused, while somebody writes there.
      remove = () => put(person, ['files', 'a'], undefined, (error) => resolve(!error));
    });
    const middle = ANSWER.indexOf('<p>Three');
    let isRemoving = false;
    const llmFunction = saying(ANSWER, 3, async (at) => {
      if (at < middle || isRemoving) return;
      isRemoving = true;
      await written;
      // From here on they do not know of each other.
      shared.delays = () => 20;
      remove();
    });
    const { files } = await performAIEditing({ doc, prompt: 'Make it new', llmFunction, chatId: 'c' });
    const removed = await removal;
    await Promise.all([caughtUp(person), caughtUp(doc)]);
    expect(person.data).toEqual(doc.data);
    const { 'index.html': html, ...others } = named(doc);
    expect(others).toEqual({ 'b.css': EDITED['b.css'], 'c.js': EDITED['c.js'] });
    expect(html).toBe(removed ? undefined : EDITED['index.html']);
    expect(files.map(({ name }) => name)).toEqual(['index.html', 'b.css', 'c.js']);
    expect(doc.data.chats.c).toMatchObject({ isStreaming: false });
    expectWholeTurn(doc);
  });
});

describe.each<TypeName>(['json1', 'lenient'])('an edit in a document of type %s', (type) => {
  /** One character, and two units in UTF-16. */
  const mark = (index: number) => String.fromCodePoint(0x1f300 + index);
  const act = fc.oneof(
    {
      weight: 5,
      arbitrary: fc.record({
        kind: fc.constant('type' as const),
        at: fc.double({ min: 0, max: 1, noNaN: true }),
      }),
    },
    { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom('move', 'rename', 'remove', 'add') }) },
  );
  const acts = fc.array(fc.tuple(fc.nat(1), fc.nat(60), act), { minLength: 1, maxLength: 8 });

  it('[EDIT-2] [EDIT-5] loses nothing that people write, rename or move meanwhile, and is taken back whole', async () => {
    await fc.assert(
      fc.asyncProperty(
        acts,
        fc.integer({ min: 2, max: 40 }),
        fc.infiniteStream(fc.nat(3)),
        async (plan, length, delays) => {
          await using own = new OwnShareDB(type);
          const doc = await own.open('q', { files: structuredClone(FILES) });
          const person = await own.open('q');
          toleratesConflicts(person);
          for (const frozen of [doc, person]) {
            deepFreeze(frozen.data);
            frozen.on('op', () => deepFreeze(frozen.data));
          }
          own.delays = () => delays.next().value ?? 0;
          const editing = performAIEditing({
            doc,
            prompt: 'Make it new',
            llmFunction: saying(ANSWER, length, () => new Promise((resolve) => setTimeout(resolve, 5))),
            chatId: 'c',
          });
          const writer = new Person(person);
          for (const [index, [file, after, doing]] of plan.entries()) {
            await new Promise((resolve) => setTimeout(resolve, after));
            await writer.act(file, doing, mark(index));
          }
          const { undo } = await editing;
          await Promise.all([caughtUp(person), caughtUp(doc)]);
          expectWholeTurn(doc);
          expect(person.data).toEqual(doc.data);
          const all = JSON.stringify(doc.data.files);
          for (const typed of writer.marks) expect(all).toContain(typed);
          for (const [fileId, { name }] of Object.entries(FILES)) {
            if (writer.touched.has(fileId)) continue;
            expect(withoutMarks(doc.data.files[fileId].text)).toBe(EDITED[name as keyof typeof EDITED]);
          }

          await undo();
          await Promise.all([caughtUp(person), caughtUp(doc)]);
          expect(person.data).toEqual(doc.data);
          const left = JSON.stringify(doc.data.files);
          for (const typed of writer.marks) expect(left).toContain(typed);
          for (const [fileId, { text }] of Object.entries(FILES)) {
            if (!writer.touched.has(fileId)) expect(withoutMarks(doc.data.files[fileId].text)).toBe(text);
          }
          expect(named(doc)).not.toHaveProperty('c.js');
        },
      ),
      { numRuns: 40 },
    );
  });

  const withoutMarks = (text: string) => text.replaceAll(/[\u{1f300}-\u{1f30f}]/gu, '');

  /** Somebody who works on the same files. */
  class Person {
    readonly marks: string[] = [];
    /** Files that are not where they were. */
    readonly touched = new Set<string>();
    readonly #marksIn = new Map<string, string[]>();

    constructor(private readonly doc: Doc) {}

    async act(file: number, doing: { kind: string; at?: number }, mark: string): Promise<void> {
      const fileIds = Object.keys(this.doc.data.files).filter((id) => ['a', 'b', 'moved'].includes(id));
      const fileId = fileIds[file % fileIds.length];
      if (doing.kind === 'type') {
        if (fileId !== undefined) this.#type(fileId, doing.at ?? 0, mark);
        return;
      }
      if (doing.kind === 'add') {
        put(this.doc, ['files', `added-${mark}`], { name: `${mark}.txt`, text: mark });
        this.marks.push(mark);
        return;
      }
      if (fileId === undefined || fileIds.includes('moved')) return;
      // A conflict costs whoever made it what they have on their way.
      await new Promise<void>((resolve) => this.doc.whenNothingPending(resolve));
      this.touched.add(fileId);
      const op = {
        move: ['files', [fileId, { p: 0 }], ['moved', { d: 0 }]],
        rename: ['files', fileId, 'name', { es: [mark] }],
        remove: ['files', fileId, { r: this.doc.data.files[fileId] }],
      }[doing.kind];
      const done = await new Promise<boolean>((resolve) =>
        this.doc.submitOp(op, undefined, (error) => resolve(!error)),
      );
      if (!done) await told((callback) => this.doc.fetch(callback));
      if (done && doing.kind === 'rename') this.#wrote(fileId, mark);
      if (done && doing.kind === 'remove') {
        for (const lost of this.#marksIn.get(fileId) ?? []) this.marks.splice(this.marks.indexOf(lost), 1);
      }
      if (done && doing.kind === 'move') this.#marksIn.set('moved', this.#marksIn.get(fileId) ?? []);
    }

    #type(fileId: string, place: number, mark: string): void {
      const text: string = this.doc.data.files[fileId].text;
      const characters = Array.from(text);
      const at = characters.slice(0, Math.floor(place * characters.length)).join('').length;
      typeInto(this.doc, ['files', fileId, 'text'], at, mark);
      this.#wrote(fileId, mark);
    }

    #wrote(fileId: string, mark: string): void {
      this.marks.push(mark);
      this.#marksIn.set(fileId, [...(this.#marksIn.get(fileId) ?? []), mark]);
    }
  }
});

/** Nothing of the answer is in the chat twice, or missing, and nothing spins. */
function expectWholeTurn(doc: Doc): void {
  const { messages, ...chat } = doc.data.chats.c;
  const [question, answer] = messages;
  expect(messages).toHaveLength(2);
  expect(question).toMatchObject({ role: 'user', content: 'Make it new' });
  expect(answer).toMatchObject({
    role: 'assistant',
    isComplete: true,
    content: expect.stringMatching(/^New:\s+$/),
  });
  expect(chat).toMatchObject({ isStreaming: false });
  const texts = answer.streamingEvents.filter(({ type }: { type: string }) => type === 'text_chunk');
  expect(texts.map(({ content }: { content: string }) => content).join('')).toBe(answer.content);
  const told = answer.streamingEvents.filter(({ type }: { type: string }) => type === 'file_start');
  expect(new Set(told.map(({ fileId }: { fileId: string }) => fileId)).size).toBe(told.length);
}

/** What an application does that has plain json1 and people who remove what others write in. */
function toleratesConflicts(doc: Doc): void {
  doc.connection.on('error', (error) => expect(error.message).toContain('write conflict'));
}

function deepFreeze(value: unknown): void {
  if (typeof value !== 'object' || value === null || Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const inner of Object.values(value)) deepFreeze(inner);
}
