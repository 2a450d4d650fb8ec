import { once } from 'node:events';
import { Editor, fileOf, insert, makeWorkspace, type WorkspaceDoc } from '../support/editor.ts';
import { codeIn, RawViewer } from '../support/raw-viewer.ts';
import { type Service, startService } from '../support/service.ts';
import { told, Viewer } from '../support/viewer.ts';

let service: Service;
let id: string;
let fileId: string;
let alice: Editor;
let bob: Editor;
let mallory: RawViewer;
let doc: WorkspaceDoc;
beforeAll(async () => {
  service = await startService();
});
afterAll(() => service[Symbol.asyncDispose]());
beforeEach(async () => {
  const made = await makeWorkspace(service.url, { 'a.txt': 'hello' });
  id = made.id;
  fileId = made.ids['a.txt'] ?? '';
  alice = new Editor(service.url);
  bob = new Editor(service.url);
  doc = await alice.open(id);
  mallory = await RawViewer.open(service.url);
});
afterEach(() => {
  alice[Symbol.dispose]();
  bob[Symbol.dispose]();
  mallory.close();
});

const textOf = async () => {
  const { workspace } = await (await fetch(`${service.url}/api/workspaces/${id}`)).json();
  return workspace.files[fileId].text;
};

describe('whose op it is', () => {
  it('[EDIT-1] cannot be claimed by who has seen it, neither in the handshake nor in an op', async () => {
    const theirs = await bob.open(id);
    const heard = once(theirs, 'op');
    await insert(doc, fileId, 5, '.');
    const [, , seen] = await heard;
    expect(seen).not.toBe(alice.connection.id);

    const { id: given } = await mallory.ask({ a: 'hs', id: seen, protocol: 1, protocolMinor: 2 });
    expect(given).not.toBe(seen);
    const op = [{ p: ['files', fileId, 'text', 0], si: 'M' }];
    const forged = { a: 'op', c: 'workspaces', d: id, v: doc.version, op };
    // What Alice's client counts to next.
    const seq = alice.connection.seq;
    expect(codeIn(await mallory.ask({ ...forged, seq, src: seen }))).toBe('invalid_op');
    expect(codeIn(await mallory.ask({ ...forged, seq }))).toBeUndefined();
    await insert(doc, fileId, 6, ' ALICE');
    expect(await textOf()).toBe('Mhello. ALICE');
  });

  it('[EDIT-1] is shown to nobody else as what proves it', async () => {
    const { id: secret } = await mallory.ask({ a: 'hs', protocol: 1, protocolMinor: 2 });
    const watching = await RawViewer.open(service.url);
    await watching.ask({ a: 'hs' });
    await watching.ask({ a: 's', c: 'workspaces', d: id });
    await watching.ask({ a: 'ps', ch: `workspaces/${id}`, seq: 1 });
    const ack = await mallory.ask({
      a: 'op',
      c: 'workspaces',
      d: id,
      v: 1,
      seq: 1,
      src: secret,
      op: [{ p: ['files', fileId, 'text', 0], si: '!' }],
    });
    expect(ack).toMatchObject({ src: secret, seq: 1 });
    const present = { a: 'p', ch: `workspaces/${id}`, id: `${secret}/me`, p: { name: 'Me' }, pv: 0 };
    expect(await mallory.ask(present)).toMatchObject({ id: `${secret}/me` });
    while (watching.heard.filter(({ a }) => a === 'p' || a === 'op').length < 2) {
      await once(watching.socket, 'message');
    }
    expect(JSON.stringify(watching.heard)).not.toContain(secret);
    expect(JSON.stringify(service.query('SELECT * FROM SharedOp'))).not.toContain(secret);
    watching.close();
  });

  it.each([
    ['on the same server', async () => {}],
    ['after a restart', () => service.restart()],
  ])(
    '[EDIT-1] is proved by who comes back, %s: an op that arrived is not taken twice',
    async (_when, meanwhile) => {
      const sent = doc.connection.id;
      // The acknowledgement gets lost.
      alice.connection.on('receive', (request) => {
        if (request.data?.a === 'op') request.data = null as never;
      });
      doc.submitOp([{ p: ['files', fileId, 'text', 0], si: 'once ' }]);
      while ((await textOf()) === 'hello') await new Promise(setImmediate);
      await alice.sleep();
      await meanwhile();
      alice.connection.removeAllListeners('receive');
      await alice.wake(service.url);
      await new Promise<void>((resolve) => doc.whenNothingPending(() => resolve()));
      expect([await textOf(), fileOf(doc, fileId).text]).toEqual(['once hello', 'once hello']);
      if (_when === 'on the same server') expect(doc.connection.id).toBe(sent);
      await insert(doc, fileId, 0, 'and again ');
      expect(await textOf()).toBe('and again once hello');
    },
  );

  it('[EDIT-1] two connections with the same id are not one: each has its own ops', async () => {
    const copy = await RawViewer.open(service.url);
    const { id: given } = await copy.ask({ a: 'hs', id: alice.connection.id });
    expect(given).not.toBe(alice.connection.id);
    const op = [{ p: ['files', fileId, 'text', 0], si: 'copy ' }];
    await copy.ask({ a: 'op', c: 'workspaces', d: id, v: 1, seq: alice.connection.seq, op });
    await insert(doc, fileId, 0, 'Alice ');
    expect((await textOf()).replace('copy ', '')).toBe('Alice hello');
    copy.close();
  });
});

describe('whose presence it is', () => {
  const channel = () => `workspaces/${id}`;

  async function listener(viewer: Viewer) {
    const presence = viewer.connection.getPresence(channel());
    await told((done) => presence.subscribe(done));
    return presence;
  }

  it('[MIRROR-4] nobody takes it over, however they count', async () => {
    const others = await listener(bob);
    const mine = (await listener(alice)).create('alice');
    await told((done) => mine.submit({ name: 'Alice' }, done));
    while (Object.keys(others.remotePresences).length < 1) await new Promise(setImmediate);
    const [seen = ''] = Object.keys(others.remotePresences);
    await mallory.ask({ a: 'hs' });
    for (const stolen of [seen, 'alice']) {
      for (const pv of [1, 999_999_999, 9_007_199_254_740_990]) {
        await mallory.ask({ a: 'p', ch: channel(), id: stolen, p: { name: 'Mallory' }, pv });
        await mallory.ask({ a: 'p', ch: channel(), id: stolen, p: null, pv });
      }
    }
    await told((done) => mine.submit({ name: 'Alice again' }, done));
    const named = () => JSON.stringify(others.remotePresences[seen]);
    while (named() !== '{"name":"Alice again"}') await new Promise(setImmediate);
  });

  it('[MIRROR-4] is bounded in how it counts', async () => {
    const present = { a: 'p', ch: channel(), id: 'me', p: { name: 'Me' } };
    expect(codeIn(await mallory.ask({ ...present, pv: 2_000_000_000 }))).toBe('invalid_presence');
    expect(codeIn(await mallory.ask({ ...present, pv: 5 }))).toBeUndefined();
    expect(codeIn(await mallory.ask({ ...present, pv: 5_000 }))).toBe('invalid_presence');
  });

  it('[MIRROR-4] is there for newcomers, comes back with who comes back, and goes with who goes', async () => {
    const mine = (await listener(alice)).create('alice');
    await told((done) => mine.submit({ name: 'Alice' }, done));
    // Speaks, but does not listen.
    const silent = new Viewer(service.url);
    await told((done) => silent.connection.getPresence(channel()).create('s').submit({ name: 'S' }, done));
    const others = await listener(bob);
    const names = () =>
      Object.values(others.remotePresences)
        .map((value) => (value as { name: string }).name)
        .sort()
        .join();
    while (names() !== 'Alice,S') await new Promise(setImmediate);
    silent[Symbol.dispose]();
    await alice.sleep();
    while (names() !== '') await new Promise(setImmediate);
    await alice.wake(service.url);
    while (names() !== 'Alice') await new Promise(setImmediate);
  });
});
