import fc from 'fast-check';
import ShareDB from 'sharedb';
import type { ChatDocument, MirroredMessage } from '../../src/mirror/chat-document.ts';
import { reconcile } from '../../src/mirror/reconcile.ts';
import { JSON0 } from '../../src/sharedb/json0.ts';
import { deepCopyOf, unshare } from '../../src/sharedb/storage/copy-on-write.ts';
import { DocumentDatabase } from '../../src/sharedb/storage/document-database.ts';
import type { DocumentStore } from '../../src/sharedb/storage/document-store.ts';
import { type TemporaryDatabase, temporaryDatabase } from '../support/store-database.ts';
import { told } from '../support/viewer.ts';

ShareDB.logger.setMethods({ info: () => {}, warn: () => {} });
const json0 = ShareDB.types.map[JSON0];
if (!json0) throw new Error('json0 is ShareDB’s own');

const message: fc.Arbitrary<MirroredMessage> = fc.record(
  {
    id: fc.integer({ min: 0, max: 9 }).map(String),
    position: fc.nat(20),
    role: fc.constantFrom('user', 'assistant'),
    status: fc.constantFrom('streaming', 'complete', 'failed'),
    content: fc.string({ maxLength: 8, unit: 'grapheme' }),
    reasoning: fc.string({ minLength: 1, maxLength: 4 }),
    runId: fc.constantFrom('run-1', 'run-2'),
    edits: fc.constantFrom(
      [{ fileId: 'a', name: 'a.txt', change: 'created' as const }],
      [{ fileId: 'a', name: 'a.txt', change: 'deleted' as const }],
    ),
    createdAt: fc.constantFrom('2026-01-01', '2026-01-02'),
  },
  { requiredKeys: ['id', 'position', 'role', 'status', 'content', 'createdAt'] },
);

const chat: fc.Arbitrary<ChatDocument> = fc.record({
  id: fc.constant('chat'),
  title: fc.string({ maxLength: 5 }),
  status: fc.constantFrom('idle', 'streaming'),
  activeRunId: fc.option(fc.constantFrom('run-1', 'run-2')),
  messages: fc.uniqueArray(message, { selector: ({ id }) => id, maxLength: 6 }),
  updatedAt: fc.constantFrom('2026-01-01', '2026-01-02'),
});

describe('making a document what it is to be', () => {
  it('[MIRROR-2] always succeeds, whatever it said before, and changes nothing when it says so already', () => {
    fc.assert(
      fc.property(chat, chat, (current, target) => {
        const components = reconcile(current, target);
        expect(json0.apply(deepCopyOf(current), components)).toEqual(target);
        expect(
          reconcile(target, { ...target, messages: target.messages.map((one) => ({ ...one })) }),
        ).toEqual([]);
      }),
    );
  });

  it('[MIRROR-3] inserts what text grew by, and nothing else', () => {
    fc.assert(
      fc.property(chat, fc.string({ minLength: 1, unit: 'grapheme' }), (current, more) => {
        const [first] = current.messages;
        fc.pre(first !== undefined);
        if (!first) return;
        const grown = { ...first, content: first.content + more };
        const target = { ...current, messages: [grown, ...current.messages.slice(1)] };
        expect(reconcile(current, target)).toEqual([
          { p: ['messages', 0, 'content', first.content.length], si: more },
        ]);
      }),
    );
  });
});

describe('copying only what an op changes', () => {
  const component = (data: { list: unknown[] }) =>
    fc.oneof(
      fc.record({ p: fc.constant(['title', 0]), si: fc.string({ minLength: 1 }) }),
      fc.record({ p: fc.constant(['map', 'key']), oi: fc.jsonValue({ maxDepth: 1 }) }),
      fc.record({
        p: fc.tuple(fc.constant('list'), fc.nat(data.list.length)),
        li: fc.constant({ text: 'new', deep: [{ n: 0 }] }),
      }),
      fc.record({ p: fc.tuple(fc.constant('list'), fc.nat(data.list.length - 1)), ld: fc.constant(1) }),
      fc.record({
        p: fc.tuple(fc.constant('list'), fc.nat(data.list.length - 1)),
        lm: fc.nat(data.list.length - 1),
      }),
      fc.record({
        p: fc.tuple(fc.constant('list'), fc.nat(data.list.length - 1), fc.constant('text'), fc.constant(0)),
        si: fc.constant('x'),
      }),
      fc.record({
        p: fc.tuple(
          fc.constant('list'),
          fc.nat(data.list.length - 1),
          fc.constant('deep'),
          fc.constant(0),
          fc.constant('n'),
        ),
        na: fc.constant(1),
      }),
    );
  const document = () => ({
    title: 'a title',
    map: { key: 'value', other: { untouched: true } },
    list: Array.from({ length: 4 }, (_, index) => ({ text: `entry ${index}`, deep: [{ n: index }] })),
  });

  it('leaves the version before as it was, whatever the op', () => {
    fc.assert(
      fc.property(fc.array(component(document()), { maxLength: 6 }), (components) => {
        const before = document();
        const copy = unshare(before, components);
        const attempt = (data: unknown) => {
          try {
            return json0.apply(data, components);
          } catch (error) {
            return String(error);
          }
        };
        const expected = attempt(document());
        expect(attempt(copy)).toEqual(expected);
        expect(before).toEqual(document());
      }),
      { numRuns: 500 },
    );
  });

  it('shares what the op does not touch', () => {
    const before = document();
    const copy = unshare(before, [{ p: ['list', 2, 'text', 0] }]) as ReturnType<typeof document>;
    expect(copy.list[1]).toBe(before.list[1]);
    expect(copy.map).toBe(before.map);
    expect(copy.list[2]).not.toBe(before.list[2]);
    expect(copy.list[2]?.deep).toBe(before.list[2]?.deep);
  });
});

describe('the storage adapter', () => {
  let database: TemporaryDatabase;
  beforeEach(async () => {
    database = await temporaryDatabase();
  });
  afterEach(() => database[Symbol.asyncDispose]());

  function backend(limits = {}) {
    const db = new DocumentDatabase(database.documents, limits);
    const server = new ShareDB({ db });
    db.copyOnWrite(server);
    return { db, doc: server.connect().get('notes', 'one') };
  }

  const rows = (table: string) => database.query<{ version: number }>(`SELECT version FROM "${table}"`);

  it('[MIRROR-3] stores a snapshot only when the ops since the last one outweigh it', async () => {
    const { doc } = backend();
    await told((callback) => doc.create({ text: 'x'.repeat(20_000) }, callback));
    expect(rows('SharedSnapshot')).toHaveLength(1);
    for (let index = 0; index < 50; index += 1) {
      await told((callback) => doc.submitOp([{ p: ['text', 0], si: 'a few words ' }], {}, callback));
    }
    expect(rows('SharedOp')).toHaveLength(51);
    expect(rows('SharedSnapshot')).toEqual([{ version: 1 }]);
    await told((callback) => doc.submitOp([{ p: ['text', 0], si: 'y'.repeat(20_000) }], {}, callback));
    expect(rows('SharedSnapshot')).toEqual([{ version: 52 }]);
  });

  it('[MIRROR-3] costs as much for an op in a chat of 500 messages as in one of 10', async () => {
    const server = new ShareDB({ db: new DocumentDatabase(database.documents) });
    const db = server.db as DocumentDatabase;
    db.copyOnWrite(server);
    const connection = server.connect();
    const sizes = [10, 500] as const;
    const docs = sizes.map((size) => connection.get('chats', `of-${size}`));
    for (const [index, size] of sizes.entries()) {
      const messages = Array.from({ length: size }, () => ({ content: 'words '.repeat(170) }));
      await told((callback) => docs[index]?.create({ messages }, callback));
    }
    const costs: number[][] = [[], []];
    for (let round = 0; round < 9; round += 1) {
      for (const [index, size] of sizes.entries()) {
        const before = process.cpuUsage();
        for (let op = 0; op < 50; op += 1) {
          const insertion = [{ p: ['messages', size - 1, 'content', 0], si: 'a few words ' }];
          await told((callback) => docs[index]?.submitOp(insertion, {}, callback));
        }
        const { user, system } = process.cpuUsage(before);
        costs[index]?.push(user + system);
      }
    }
    // The least of each: a collection of garbage, or a machine that is busy, can only add to one. With a copy of the
    // document for each op it would be ten times as much.
    const [short = 0, long = 0] = costs.map((cost) => Math.min(...cost));
    expect(long / short).toBeLessThan(3);
  });

  it('[MIRROR-5] puts a document together again from a snapshot and the ops after it, metadata included', async () => {
    const first = backend();
    await told((callback) => first.doc.create({ list: ['x'.repeat(20_000)] }, callback));
    for (let index = 0; index < 10; index += 1) {
      await told((callback) => first.doc.submitOp([{ p: ['list', 0], li: index }], {}, callback));
    }
    const second = backend();
    expect(await second.db.read('notes', 'one')).toEqual(await first.db.read('notes', 'one'));
    expect((await second.db.read('notes', 'one')).meta).toMatchObject({ ctime: expect.any(Number) });
    await told((callback) => second.doc.fetch(callback));
    expect(second.doc.data).toEqual(first.doc.data);
    expect(second.doc.version).toBe(11);
  });

  it('[MIRROR-7] forgets documents that nobody uses, and those that are too many', async () => {
    const { db, doc } = backend({ idleMs: 20 });
    await told((callback) => doc.create({ text: 'hello' }, callback));
    expect(db.cached).toBe(1);
    while (db.cached > 0) await new Promise((resolve) => setTimeout(resolve, 5));
    await told((callback) => doc.submitOp([{ p: ['text', 5], si: ' again' }], {}, callback));
    expect((await db.read('notes', 'one')).data).toEqual({ text: 'hello again' });
    const small = backend({ idleMs: 40, characters: 1 });
    await small.db.read('notes', 'one');
    await small.db.read('notes', 'two');
    while (small.db.cached > 1) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('[MIRROR-8] trusts only the database after a write that failed', async () => {
    const { db, doc } = backend();
    await told((callback) => doc.create({ n: 0 }, callback));
    await database.commits.exclusive((connection) =>
      connection.exec(
        `CREATE TRIGGER broken BEFORE INSERT ON SharedOp BEGIN SELECT RAISE(ABORT, 'disk on fire'); END`,
      ),
    );
    doc.on('error', () => {});
    const refused = told((callback) => doc.submitOp([{ p: ['n'], na: 1 }], {}, callback));
    await expect(refused).rejects.toMatchObject({ code: 'storage_failed' });
    expect((await db.read('notes', 'one')).data).toEqual({ n: 0 });
    await database.commits.exclusive((connection) => connection.exec('DROP TRIGGER broken'));
    await told((callback) => doc.fetch(callback));
    await told((callback) => doc.submitOp([{ p: ['n'], na: 1 }], {}, callback));
    expect((await backend().db.read('notes', 'one')).data).toEqual({ n: 1 });
  });

  it('[MIRROR-8] finds out what became of an op whose commit failed after it was stored', async () => {
    let failures = 1;
    const store: DocumentStore = {
      load: (key) => database.documents.load(key),
      ops: (key, from, to) => database.documents.ops(key, from, to),
      oldest: (key) => database.documents.oldest(key),
      compact: (key, snapshot, forget) => database.documents.compact(key, snapshot, forget),
      sizes: (key, before) => database.documents.sizes(key, before),
      forget: (key, before) => database.documents.forget(key, before),
      expire: (before) => database.documents.expire(before),
      async append(key, op, at, snapshot) {
        await database.documents.append(key, op, at, snapshot);
        if (op.version > 0 && failures-- > 0) throw new Error('the answer was lost');
      },
    };
    const db = new DocumentDatabase(store);
    const server = new ShareDB({ db });
    db.copyOnWrite(server);
    const doc = server.connect().get('notes', 'lost');
    doc.on('error', () => {});
    await told((callback) => doc.create({ n: 0 }, callback));
    await told((callback) => doc.submitOp([{ p: ['n'], na: 1 }], {}, callback)).catch(() => {});
    expect((await db.read('notes', 'lost')).data).toEqual({ n: 1 });
    await told((callback) => doc.fetch(callback));
    await told((callback) => doc.submitOp([{ p: ['n'], na: 1 }], {}, callback));
    expect((await backend().db.read('notes', 'lost')).data).toEqual({ n: 2 });
  });
});
