import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import { jest } from '@jest/globals';
import type { Presence } from 'sharedb/lib/client/index.js';
import { WebSocket } from 'ws';
import { openStage, type Stage } from '../support/stage.ts';
import { isIdle, socketTo, told, until, Viewer } from '../support/viewer.ts';

type Message = Record<string, unknown>;

let stage: Stage;
let viewer: Viewer;
beforeAll(async () => {
  stage = await openStage({ mirror: { idleMs: 200 } });
  const answer = await stage.ask('open', 'Hello?');
  answer.sink.content('Hello.');
  answer.complete();
  await answer.over();
  await stage.mirror.settled();
  // The document is there before anybody tries to change it.
  using first = new Viewer(stage.url);
  await first.fetch('open');
});
afterAll(() => stage[Symbol.asyncDispose]());
beforeEach(() => {
  viewer = new Viewer(stage.url);
});
afterEach(() => viewer[Symbol.dispose]());

/** All rows that viewers could have had a hand in. */
function everything(): unknown {
  return ['Chat', 'Message', 'Run', 'SharedOp', 'SharedSnapshot'].map((table) =>
    stage.database.query(`SELECT * FROM "${table}"`),
  );
}

/** A viewer without manners: what it sends is sent as it is. */
async function rawSocket(): Promise<WebSocket> {
  const socket = socketTo(stage.url);
  await once(socket, 'message');
  return socket;
}

async function exchange(socket: WebSocket, message: Message | string): Promise<Message> {
  const reply = once(socket, 'message');
  socket.send(typeof message === 'string' ? message : JSON.stringify(message));
  const [data] = await reply;
  return JSON.parse(String(data));
}

function codeOf(reply: Message): unknown {
  const { error } = reply;
  return typeof error === 'object' && error !== null && 'code' in error ? error.code : undefined;
}

/** Answers the code with which a promise was refused. */
async function refusal(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
  } catch (error) {
    return (error as { code?: unknown }).code;
  }
  return 'not refused';
}

describe('a viewer who wants to write', () => {
  it.each([
    ['an op', [{ p: ['title'], oi: 'mine' }]],
    ['text', [{ p: ['messages', 1, 'content', 0], si: 'mine' }]],
  ])('[MIRROR-4] is refused %s, and it leaves no trace', async (_what, op) => {
    const doc = await viewer.watch('open');
    const before = everything();
    doc.on('error', () => {});
    expect(await refusal(told((callback) => doc.submitOp(op, undefined, callback)))).toBe('read_only');
    await stage.mirror.settled();
    expect(everything()).toEqual(before);
    expect(await new Viewer(stage.url).fetch('open')).toEqual(stage.expected('open'));
  });

  it.each([
    ['the prototype', { op: [{ p: ['__proto__', 'polluted'], oi: true }] }],
    ['no list', { op: { length: 1, 0: { p: ['__proto__', 'polluted'], oi: true } } }],
    ['an old version', { v: 0, op: [{ p: ['title'], oi: 'mine' }] }],
    ["somebody else's op", { src: 'server', op: [{ p: ['title'], oi: 'mine' }] }],
    [
      'creation with a prototype',
      { create: { type: 'json0', data: JSON.parse('{"__proto__":{"polluted":1}}') } },
    ],
    ['removal', { del: true }],
  ])('[MIRROR-4] is refused a forged op: %s', async (_what, forged) => {
    const before = everything();
    const socket = await rawSocket();
    const reply = await exchange(socket, {
      a: 'op',
      c: 'chats',
      d: 'open',
      v: 1,
      seq: 1,
      src: 'x',
      ...forged,
    });
    expect(codeOf(reply)).toBe('read_only');
    expect(everything()).toEqual(before);
    expect({}).not.toHaveProperty('polluted');
    socket.terminate();
  });

  it('[MIRROR-4] can neither create nor delete', async () => {
    const before = everything();
    const created = viewer.doc('made-up');
    created.on('error', () => {});
    await told((callback) => created.fetch(callback));
    const forged = { id: 'made-up' } as unknown as NonNullable<typeof created.data>;
    expect(await refusal(told((callback) => created.create(forged, callback)))).toBe('read_only');
    const doc = await viewer.watch('open');
    doc.on('error', () => {});
    expect(await refusal(told((callback) => doc.del({}, callback)))).toBe('read_only');
    expect(everything()).toEqual(before);
  });
});

describe('a viewer who looks elsewhere', () => {
  it.each([
    ['another collection', { a: 's', c: 'users', d: 'open' }, 'unknown_collection'],
    ['the prototype', { a: 's', c: '__proto__', d: 'open' }, 'unknown_collection'],
    ['a property of all objects', { a: 's', c: 'constructor', d: 'open' }, 'unknown_collection'],
    ['a document named like the prototype', { a: 's', c: 'chats', d: '__proto__' }, 'invalid_message'],
    ['a document with an impossible name', { a: 's', c: 'chats', d: '../open' }, 'invalid_message'],
    ['a document without a name', { a: 'f', c: 'chats' }, 'invalid_message'],
    ['a version before the first', { a: 's', c: 'chats', d: 'open', v: -1 }, 'invalid_message'],
    ['a query', { a: 'qf', id: 1, c: 'chats', q: {} }, 'not_supported'],
    ['a subscription to a query', { a: 'qs', id: 1, c: 'chats', q: {} }, 'not_supported'],
    ['the past', { a: 'nf', id: 1, c: 'chats', d: 'open', v: 0 }, 'not_supported'],
    ['nothing known', { a: 'zz' }, 'invalid_message'],
    ['an action that is no word', { a: { toString: 1 } }, 'invalid_message'],
    ['a list of nothing', { a: 'bs', c: 'chats', b: [null] }, 'invalid_message'],
    ['a forged identity', { a: 'hs', id: { evil: true } }, 'invalid_message'],
    ['an op without anything', { a: 'op' }, 'read_only'],
  ])('[MIRROR-4] is refused %s, with a code', async (_what, message, code) => {
    const socket = await rawSocket();
    expect(codeOf(await exchange(socket, message))).toBe(code);
    socket.terminate();
  });

  it('[MIRROR-4] is told in the refusal what it asked for, but not what it sent', async () => {
    const socket = await rawSocket();
    const reply = await exchange(socket, {
      a: 'op',
      c: 'chats',
      d: 'open',
      seq: 1,
      v: 1,
      op: ['x'.repeat(9_000)],
    });
    expect(reply).toEqual({ a: 'op', c: 'chats', d: 'open', seq: 1, v: 1, error: expect.anything() });
    socket.terminate();
  });
});

describe('a viewer who sends garbage', () => {
  const deep = `${'['.repeat(30_000)}${']'.repeat(30_000)}`;

  it.each([
    ['no JSON', 'hello {'],
    ['null', 'null'],
    ['a number', '17'],
    ['a string', '"s"'],
    ['a list', '[]'],
    ['an abyss', deep],
    ['an abyss with a name', `{"a":"s","c":"chats","d":${deep.slice(2_000, -2_000)}}`],
    ['a prototype', '{"__proto__":{"a":"op"},"a":"s","constructor":{"prototype":{"polluted":1}}}'],
  ])('[MIRROR-4] cannot hurt the others: %s', async (_what, text) => {
    const socket = await rawSocket();
    socket.send(text);
    socket.send(Buffer.from([0xff, 0x00, 0x80]));
    const doc = await viewer.watch('open');
    expect(doc.data).toEqual(stage.expected('open'));
    expect({}).not.toHaveProperty('polluted');
    socket.terminate();
  });

  it('[MIRROR-4] loses its connection for a message that is too long', async () => {
    const socket = await rawSocket();
    socket.send(JSON.stringify({ a: 'f', c: 'chats', d: 'x'.repeat(70_000) }));
    const [code] = await once(socket, 'close');
    expect(code).toBe(1009);
  });
});

describe('a viewer who wants too much', () => {
  it('[MIRROR-4] gets 100 subscriptions, and again one when it gives one back', async () => {
    const socket = await rawSocket();
    for (let index = 0; index < 100; index += 1) {
      const reply = await exchange(socket, { a: 's', c: 'chats', d: `doc-${index}` });
      expect(reply.error).toBeUndefined();
    }
    expect(codeOf(await exchange(socket, { a: 's', c: 'chats', d: 'doc-100' }))).toBe(
      'too_many_subscriptions',
    );
    await exchange(socket, { a: 'u', c: 'chats', d: 'doc-0' });
    expect((await exchange(socket, { a: 's', c: 'chats', d: 'doc-100' })).error).toBeUndefined();
    socket.terminate();
  });

  it('[MIRROR-4] does not get them in one go either', async () => {
    const socket = await rawSocket();
    const ids = Array.from({ length: 1_000 }, (_, index) => `bulk-${index}`);
    expect(codeOf(await exchange(socket, { a: 'bs', c: 'chats', b: ids }))).toBe('too_many_subscriptions');
    const versions = Object.fromEntries(ids.map((id) => [id, 0]));
    expect(codeOf(await exchange(socket, { a: 'bs', c: 'chats', b: versions }))).toBe(
      'too_many_subscriptions',
    );
    socket.terminate();
  });

  it('[MIRROR-4] loses its connection when it does not wait for answers', async () => {
    const socket = await rawSocket();
    for (let index = 0; index < 5_000; index += 1) socket.send('{"a":"f","c":"chats","d":"open"}');
    const [code, reason] = await once(socket, 'close');
    expect([code, String(reason)]).toEqual([1008, 'too_many_messages']);
  });

  it('[MIRROR-7] leaves nothing behind when it is gone', async () => {
    const socket = await rawSocket();
    await exchange(socket, {
      a: 'bs',
      c: 'chats',
      b: Array.from({ length: 90 }, (_, index) => `gone-${index}`),
    });
    expect(stage.mirror.chatsInMemory).toBeGreaterThanOrEqual(90);
    socket.terminate();
    while (stage.mirror.chatsInMemory > 5) await new Promise(setImmediate);
  });

  it('is told to try again later when there are too many of them', async () => {
    await using small = await openStage({ sockets: { connections: 2 } });
    const sockets = [socketTo(small.url), socketTo(small.url)];
    await Promise.all(sockets.map((socket) => once(socket, 'message')));
    const [code, reason] = await once(socketTo(small.url), 'close');
    expect([code, String(reason)]).toEqual([1013, 'too_many_viewers']);
  });
});

describe('viewers from one address', () => {
  it('[LIMIT-2] are so many at a time, and again one when one has left', async () => {
    await using small = await openStage({ sockets: { connectionsPerAddress: 2 } });
    const sockets = [socketTo(small.url), socketTo(small.url)];
    await Promise.all(sockets.map((socket) => once(socket, 'message')));
    const [code, reason] = await once(socketTo(small.url), 'close');
    expect([code, String(reason)]).toEqual([1013, 'too_many_viewers']);
    sockets[0]?.terminate();
    while (small.viewers.count > 1) await new Promise(setImmediate);
    const another = socketTo(small.url);
    await once(another, 'message');
    for (const socket of [...sockets, another]) socket.terminate();
  });
});

describe('a viewer who does not answer', () => {
  it('[RUN-9] is not dropped for a pause of this process, during which its answer came', async () => {
    // Only the ping's timer: it rings when the test says so, and nothing is read in between.
    jest.useFakeTimers({
      doNotFake: [
        'Date',
        'setTimeout',
        'clearTimeout',
        'setImmediate',
        'clearImmediate',
        'nextTick',
        'performance',
        'queueMicrotask',
        'hrtime',
      ],
    });
    try {
      await using quick = await openStage({ sockets: { pingMs: 30_000 } });
      // In another thread, because this one is what pauses.
      const thread = new Worker(
        `const { parentPort, workerData } = require('node:worker_threads');
        const { WebSocket } = require('ws');
        const socket = new WebSocket(workerData);
        socket.on('open', () => parentPort.postMessage('open'));
        socket.on('ping', () => parentPort.postMessage('ping'));
        socket.on('close', () => parentPort.postMessage('close'));`,
        { eval: true, workerData: `${quick.url.replace('http', 'ws')}/sharedb` },
      );
      const heard: unknown[] = [];
      thread.on('message', (message) => heard.push(message));
      while (heard.length === 0) await new Promise(setImmediate);
      jest.advanceTimersByTime(30_000);
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_000);
      jest.advanceTimersByTime(30_000);
      while (heard.length < 3) await new Promise(setImmediate);
      expect(heard).toEqual(['open', 'ping', 'ping']);
      expect(quick.viewers.count).toBe(1);
      await thread.terminate();
    } finally {
      jest.useRealTimers();
    }
  });

  it('is dropped when it misses a ping', async () => {
    await using quick = await openStage({ sockets: { pingMs: 20 } });
    const dead = new WebSocket(`${quick.url.replace('http', 'ws')}/sharedb`, { autoPong: false });
    dead.on('error', () => {});
    const [code] = await once(dead, 'close');
    expect(code).toBe(1006);
  });

  it('stays as long as it answers', async () => {
    await using quick = await openStage({ sockets: { pingMs: 20 } });
    const alive = socketTo(quick.url);
    for (let pings = 0; pings < 5; pings += 1) await once(alive, 'ping');
    expect(alive.readyState).toBe(WebSocket.OPEN);
  });

  it('[RUN-7] is dropped when it asks on and on, but reads nothing; others notice nothing', async () => {
    await using narrow = await openStage({ sockets: { buffer: { bytes: 100_000, graceMs: 300 } } });
    const answer = await narrow.ask('long', 'Much?');
    answer.sink.content('x'.repeat(900_000));
    using reading = new Viewer(narrow.url);
    const doc = await reading.watch('long');
    const stalled = socketTo(narrow.url);
    await once(stalled, 'message');
    stalled.pause();
    for (let index = 0; index < 100; index += 1) stalled.send('{"a":"f","c":"chats","d":"long"}');
    while (narrow.viewers.count > 1) {
      answer.sink.content('.');
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    answer.complete();
    await until(doc, isIdle);
    expect(doc.data).toEqual(narrow.expected('long'));
    stalled.terminate();
  });
});

describe('presence', () => {
  /** What others are heard to be, until `count` of them were heard. */
  function heard(presence: Presence, count: number): Promise<unknown[]> {
    return new Promise((resolve) => {
      const values: unknown[] = [];
      presence.on('receive', (_id, value) => {
        if (values.push(value) === count) resolve(values);
      });
    });
  }

  async function presenceOf(someone: Viewer): Promise<Presence> {
    const presence = someone.connection.getPresence('chats/open');
    await told((callback) => presence.subscribe(callback));
    return presence;
  }

  it('[MIRROR-4] tells who is here, and who has left', async () => {
    const presence = await presenceOf(viewer);
    const events = heard(presence, 2);
    const other = new Viewer(stage.url);
    const local = (await presenceOf(other)).create('other');
    await told((callback) => local.submit({ name: 'Ada Lovelace' }, callback));
    while (Object.keys(presence.remotePresences).length === 0) await new Promise(setImmediate);
    await other.sleep();
    expect(await events).toEqual([{ name: 'Ada Lovelace' }, null]);
  });

  it.each([
    ['no name', {}],
    ['a name that is none', { name: 17 }],
    ['an empty name', { name: '  ' }],
    ['a long name', { name: 'x'.repeat(81) }],
    ['two lines', { name: 'Ada\nLovelace' }],
    ['text that turns around', { name: 'Ada\u202e' }],
    ['more than a name', { name: 'Ada', avatar: 'https://example.com' }],
    ['a bare string', 'Ada'],
  ])('[MIRROR-4] takes no %s', async (_what, value) => {
    const local = (await presenceOf(viewer)).create('me');
    expect(await refusal(told((callback) => local.submit(value, callback)))).toBe('invalid_presence');
  });

  it('[MIRROR-4] has an end, too', async () => {
    const presence = await presenceOf(viewer);
    const submit = (index: number) =>
      told((callback) => presence.create(`me-${index}`).submit({ name: 'Me' }, callback));
    for (let index = 0; index < 19; index += 1) await submit(index);
    expect(await refusal(submit(19))).toBe('too_many_presences');
  });
});
