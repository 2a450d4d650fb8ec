import { once } from 'node:events';
import { setImmediate as nextTurn, setTimeout as pause } from 'node:timers/promises';
import { LOCAL } from '../../src/auth/principal.ts';
import { PresenceChannels } from '../../src/sharedb/presence-channels.ts';
import { EventLoopTurns, turnsDuring } from '../support/event-loop-turns.ts';
import { codeIn, type RawMessage, RawViewer } from '../support/raw-viewer.ts';
import { openStage, type Stage } from '../support/stage.ts';

let stage: Stage;
let made: number;
beforeAll(async () => {
  stage = await openStage();
  made = 0;
});
afterAll(() => stage[Symbol.asyncDispose]());

async function workspaceOf(text: string): Promise<{ id: string; fileId: string }> {
  made += 1;
  const { workspace } = await stage.workspaces.create(
    { name: `W${made}`, files: [{ name: 'a.txt', text }] },
    { principal: LOCAL },
  );
  return { id: workspace.id, fileId: Object.keys(workspace.files)[0] ?? '' };
}

/** Changes a file `times` times, one character each, as the model does. */
async function lengthen(id: string, fileId: string, times: number): Promise<void> {
  const edited = await stage.documents.open(id, 'edit:test');
  for (let index = 0; index < times; index += 1) {
    edited.change(fileId, [{ at: 0, insert: String(index % 10) }]);
    await edited.stored();
  }
  await edited[Symbol.asyncDispose]();
}

/** What it says to each of the messages, which are sent at once. */
async function replies(viewer: RawViewer, messages: RawMessage[]): Promise<RawMessage[]> {
  const from = viewer.heard.length;
  for (const message of messages) viewer.say(message);
  const wanted = messages[0]?.a;
  for (;;) {
    const heard = viewer.heard.slice(from).filter(({ a, c }) => a === wanted && (wanted !== 'op' || c));
    if (heard.length >= messages.length) return heard;
    await once(viewer.socket, 'message');
  }
}

describe('what one viewer may cost everybody', () => {
  it('[LIMIT-2] ops of many components at an old version are brought up to date in turns with others', async () => {
    const { id, fileId } = await workspaceOf('x'.repeat(1_000));
    const hostile = await RawViewer.open(stage.url);
    const many = Array.from({ length: 200 }, (_, index) => ({
      p: ['files', fileId, 'text', (index * 7) % 900],
      si: 'y',
    }));
    const op = { a: 'op', c: 'workspaces', d: id, op: many };
    expect(codeIn(await hostile.ask({ ...op, v: 1, seq: 1 }))).toBeUndefined();
    const asked = hostile.ask({ ...op, v: 1, seq: 2 });
    // Here it is 60; in one go it would be 3.
    expect(await turnsDuring(asked)).toBeGreaterThan(10);
    expect(codeIn(await asked)).toBeUndefined();
    hostile.close();
  });

  it('[LIMIT-2] ops of many components on a long text are applied in turns with others, and all of them', async () => {
    const { id, fileId } = await workspaceOf('a'.repeat(1_000_000));
    const hostile = await RawViewer.open(stage.url);
    const components = (si: string) =>
      Array.from({ length: 250 }, (_, index) => ({ p: ['files', fileId, 'text', index * 3_999], si }));
    const messages = [1, 2, 3].map((seq) => ({
      a: 'op',
      c: 'workspaces',
      d: id,
      v: seq,
      seq,
      op: components(String(seq)),
    }));
    const acknowledged = replies(hostile, messages);
    // Here it is 55; in one go each, it would be 9.
    expect(await turnsDuring(acknowledged)).toBeGreaterThan(15);
    expect((await acknowledged).map(codeIn)).toEqual([undefined, undefined, undefined]);
    const document = await stage.documents.read(id);
    expect(document?.files[fileId]?.text).toHaveLength(1_000_750);
    hostile.close();
  });

  it('[EDIT-1] an op that does not fit is refused wherever in it that is, and leaves no trace', async () => {
    const { id, fileId } = await workspaceOf('abc');
    const viewer = await RawViewer.open(stage.url);
    const at = (offset: number) => ['files', fileId, 'text', offset];
    for (const [seq, last] of [
      [1, { p: at(9), si: 'x' }],
      [2, { p: at(0), sd: 'b' }],
      [3, { p: ['files', fileId], od: { name: 'a.txt', text: 'abc' } }],
      [4, { p: ['files', fileId, 'name'], od: 'b.txt', oi: 'c.txt' }],
    ] as const) {
      const op = [{ p: at(0), si: 'new ' }, { p: at(4), sd: 'a' }, last];
      const reply = await viewer.ask({ a: 'op', c: 'workspaces', d: id, v: 1, seq, op });
      expect(codeIn(reply)).toBe('invalid_op');
    }
    expect((await stage.documents.read(id))?.files[fileId]?.text).toBe('abc');
    viewer.close();
  });

  it('[LIMIT-2] [MIRROR-7] what was missed for long is sent in turns with others, whole and in order', async () => {
    const { id, fileId } = await workspaceOf('');
    await lengthen(id, fileId, 1_500);
    for (const request of [
      { a: 's', c: 'workspaces', d: id, v: 1 },
      { a: 'bs', c: 'workspaces', b: { [id]: 1 } },
    ]) {
      const late = await RawViewer.open(stage.url);
      // Here it is 11; in one go it would be 5.
      expect(await turnsDuring(late.ask(request))).toBeGreaterThan(7);
      const versions = late.heard.filter(({ a }) => a === 'op').map(({ v }) => v);
      expect(versions).toEqual(Array.from({ length: 1_500 }, (_, index) => index + 1));
      late.close();
    }
    const late = await RawViewer.open(stage.url);
    const op = [{ p: ['files', fileId, 'text', 0], si: 'late' }];
    const own = (message: RawMessage) => message.a === 'op' && message.seq === 7 && message.v === 1_501;
    const catchingUp = late.ask({ a: 'op', c: 'workspaces', d: id, v: 1, seq: 7, op }, own);
    expect(await turnsDuring(catchingUp)).toBeGreaterThan(7);
    expect((await stage.documents.read(id))?.files[fileId]?.text).toContain('late');
    late.close();
  });

  it('[LIMIT-2] text that comes faster than it may waits, or is refused when that would be long; others go on', async () => {
    await using slow = await openStage({
      mirror: { viewers: { text: { perSecond: 1_000, burst: 100_000 }, textDelayMs: 2_000 } },
    });
    const { workspace } = await slow.workspaces.create(
      {
        name: 'Slow',
        files: [{ name: 'a.txt', text: '' }],
      },
      { principal: LOCAL },
    );
    const [fileId = ''] = Object.keys(workspace.files);
    const [hasty, other] = [await RawViewer.open(slow.url), await RawViewer.open(slow.url)];
    const insert = (v: number, seq: number, length: number) => ({
      a: 'op',
      c: 'workspaces',
      d: workspace.id,
      v,
      seq,
      op: [{ p: ['files', fileId, 'text', 0], si: 'x'.repeat(length) }],
    });
    const codes = (
      await replies(hasty, [insert(1, 1, 60_000), insert(2, 2, 60_000), insert(2, 3, 40_500)])
    ).map(codeIn);
    expect(codes).toEqual([undefined, 'limit_exceeded', undefined]);
    expect(await hasty.ask({ a: 'pp' })).toEqual({ a: 'pp' });
    expect(codeIn(await other.ask(insert(3, 1, 50_000)))).toBeUndefined();
    hasty.close();
    other.close();
  });

  it('[LIMIT-2] a message that names very many documents is answered in parts, one by one', async () => {
    const viewer = await RawViewer.open(stage.url);
    const ids = Array.from({ length: 1_000 }, (_, index) => `none-${index}`);
    expect(await turnsDuring(viewer.ask({ a: 'bf', c: 'chats', b: ids }))).toBeGreaterThan(500);
    const got = viewer.heard.filter(({ a }) => a === 'bf').flatMap(({ data }) => Object.keys(data as object));
    expect(got).toEqual(ids);
    expect(codeIn(await viewer.ask({ a: 'bf', c: 'chats', b: [...ids, 'more'] }))).toBe('limit_exceeded');
    const wrong = Array.from({ length: 10_000 }, () => null);
    expect(codeIn(await viewer.ask({ a: 'bs', c: 'chats', b: wrong }))).toBe('limit_exceeded');
    viewer.close();
  });

  it('[LIMIT-2] presences of many viewers: everybody gets the newest of each', async () => {
    const viewers = await Promise.all(Array.from({ length: 60 }, () => RawViewer.open(stage.url)));
    const ch = 'chats/crowded';
    await Promise.all(viewers.map((viewer) => viewer.ask({ a: 'hs' })));
    await Promise.all(viewers.map((viewer) => viewer.ask({ a: 'ps', ch, seq: 1 })));
    const last = 20;
    for (let pv = 0; pv <= last; pv += 1) {
      for (const viewer of viewers) {
        for (let own = 0; own < 5; own += 1) {
          viewer.say({ a: 'p', ch, id: `p${own}`, p: { name: `v${pv}` }, pv });
        }
      }
    }
    const newest = (viewer: RawViewer) =>
      new Set(
        viewer.heard
          .filter(({ a, pv, id }) => a === 'p' && pv === last && String(id).includes('/'))
          .map(({ id }) => id),
      );
    for (const viewer of viewers) {
      while (newest(viewer).size < 59 * 5) await pause(50);
    }
    const late = await RawViewer.open(stage.url);
    await late.ask({ a: 'ps', ch, seq: 1 });
    while (newest(late).size < 60 * 5) await pause(50);
    for (const viewer of [...viewers, late]) viewer.close();
  });

  it('[LIMIT-2] of presences the newest are sent, in turns with others, to all and to a newcomer', async () => {
    using turns = new EventLoopTurns();
    const heard = { all: 0, inTurn: new Map<number, number>() };
    const hear = () => {
      heard.all += 1;
      heard.inTurn.set(turns.count, (heard.inTurn.get(turns.count) ?? 0) + 1);
    };
    using channels = new PresenceChannels(() => Array(10).fill(hear));
    for (let pv = 0; pv < 20; pv += 1) {
      for (let own = 0; own < 600; own += 1) {
        channels.publish({ ch: 'crowded', src: 'x', id: `p${own}`, p: { name: `v${pv}` }, pv });
      }
    }
    while (heard.all < 10 * 600) await nextTurn();
    await channels.sendTo('crowded', hear);
    expect(heard.all).toBe(11 * 600);
    expect(Math.max(...heard.inTurn.values())).toBeLessThanOrEqual(400);
  });
});

describe('odd messages', () => {
  it.each<[string, RawMessage | string]>([
    [
      'depth',
      `{"a":"op","c":"workspaces","d":"x","seq":1,"v":1,"op":${'['.repeat(30_000)}${']'.repeat(30_000)}}`,
    ],
    [
      'deep presence',
      `{"a":"p","ch":"chats/x","id":"x","pv":1,"p":${'{"a":'.repeat(9_000)}1${'}'.repeat(9_000)}}`,
    ],
    ['an op that is a text', { a: 'op', c: 'workspaces', d: 'x', v: 1, seq: 1, op: 'x'.repeat(50_000) }],
    ['an op like a list', { a: 'op', c: 'workspaces', d: 'x', v: 1, seq: 1, op: { length: 1e9 } }],
    [
      'components that are none',
      { a: 'op', c: 'workspaces', d: 'x', v: 1, seq: 1, op: Array(10_000).fill(null) },
    ],
    ['a version beyond numbers', '{"a":"s","c":"chats","d":"x","v":1e999}'],
    ['a snapshot by version', { a: 'nf', id: 1, c: 'workspaces', d: 'x', v: 1 }],
    ['a snapshot by time', { a: 'nt', id: 1, c: 'workspaces', d: 'x', ts: 1 }],
    ['bulk of nothing', { a: 'bs', c: 'chats', b: 5 }],
    ['bulk by strange names', '{"a":"bf","c":"chats","b":{"__proto__":1,"a b":2}}'],
    ['names in a presence', { a: 'p', ch: '__proto__', id: 'constructor', p: { name: 'x' }, pv: 0 }],
    ['a presence without end', { a: 'p', ch: 'c', id: '/'.repeat(128), p: { name: 'x' }, pv: 0 }],
    ['an id like a secret', { a: 'op', c: 'workspaces', d: 'x', v: 1, seq: 1, src: 'x'.repeat(32), op: [] }],
  ])('[LIMIT-2] [MIRROR-4] are answered or refused: %s', async (_what, message) => {
    const viewer = await RawViewer.open(stage.url);
    viewer.say(message);
    expect(await viewer.ask({ a: 'pp' })).toEqual({ a: 'pp' });
    viewer.close();
  });
});
