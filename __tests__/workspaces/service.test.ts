import { once } from 'node:events';
import SQLite from 'better-sqlite3';
import type { WorkspaceDocument } from '../../src/editing/files.ts';
import { Editor, fileOf, insert, makeWorkspace, submit, type WorkspaceDoc } from '../support/editor.ts';
import { post } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';
import { socketTo, told } from '../support/viewer.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({
    config: { workspaces: { maxFiles: 3, fileChars: 1_000, totalChars: 2_000, opChars: 600 } },
  });
});
afterAll(() => service[Symbol.asyncDispose]());

const patch = (path: string, body: unknown) =>
  fetch(`${service.url}${path}`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

async function codeOf(work: Promise<unknown>): Promise<unknown> {
  try {
    await work;
    return 'taken';
  } catch (error) {
    // Of some refusals the stock client only says that it cannot take its own op back, and loads the document anew.
    return (error as { code?: unknown }).code ?? 'refused';
  }
}

function everything(): unknown {
  return ['Workspace', 'WorkspaceEdit', 'SharedOp', 'SharedSnapshot'].map((table) =>
    service.query(`SELECT * FROM "${table}"`),
  );
}

describe('workspaces by HTTP', () => {
  it('[EDIT-1] are made, read, listed, renamed and deleted', async () => {
    const made = await post(`${service.url}/api/workspaces`, {
      name: 'Demo',
      files: [{ name: 'src/a.js', text: 'one\r\ntwo\n' }],
    });
    expect(made.status).toBe(201);
    const { workspace, chatId } = await made.json();
    expect([workspace.name, chatId]).toEqual(['Demo', null]);
    expect(Object.values(workspace.files)).toEqual([{ name: 'src/a.js', text: 'one\ntwo\n' }]);
    const address = `/api/workspaces/${workspace.id}`;
    expect(await (await fetch(`${service.url}${address}`)).json()).toEqual({ workspace, chatId: null });

    expect((await (await patch(address, { name: 'Renamed' })).json()).workspace.name).toBe('Renamed');
    const listed = await (await fetch(`${service.url}/api/workspaces?limit=1`)).json();
    expect(listed.workspaces).toMatchObject([{ id: workspace.id, name: 'Renamed' }]);

    expect((await fetch(`${service.url}${address}`, { method: 'DELETE' })).status).toBe(204);
    expect((await fetch(`${service.url}${address}`)).status).toBe(404);
    expect((await fetch(`${service.url}${address}`, { method: 'DELETE' })).status).toBe(404);
    expect(service.query('SELECT * FROM SharedOp WHERE documentId = ?', workspace.id)).toEqual([]);
  });

  it('[EDIT-1] have an id of the client, if it says one, and each only one', async () => {
    const make = (id: unknown, text = '') =>
      post(`${service.url}/api/workspaces`, { id, files: [{ name: 'a.txt', text }] });
    const both = await Promise.all([make('mine'), make('mine')]);
    expect(both.map(({ status }) => status).filter((status) => status === 201)).toEqual([201]);
    const again = await make('mine');
    expect([again.status, await again.json()]).toMatchObject([
      400,
      { error: { details: [{ field: 'id' }] } },
    ]);
    for (const wrong of ['', '../a', 'constructor', 7, 'x'.repeat(129)]) {
      expect((await make(wrong)).status).toBe(400);
    }
    expect((await fetch(`${service.url}/api/workspaces/mine`, { method: 'DELETE' })).status).toBe(204);
    expect((await make('mine', 'new')).status).toBe(201);
    const { workspace } = await (await fetch(`${service.url}/api/workspaces/mine`)).json();
    expect(Object.values(workspace.files)).toEqual([{ name: 'a.txt', text: 'new' }]);
    await fetch(`${service.url}/api/workspaces/mine`, { method: 'DELETE' });
  });

  it('[EDIT-1] are listed page by page, the last changed first', async () => {
    const ids: string[] = [];
    for (const name of ['first', 'second', 'third'])
      ids.unshift((await makeWorkspace(service.url, {}, name)).id);
    const page = async (cursor: string | null) =>
      (await fetch(`${service.url}/api/workspaces?limit=2${cursor ? `&cursor=${cursor}` : ''}`)).json();
    const one = await page(null);
    const two = await page(one.nextCursor);
    const listed = [...one.workspaces, ...two.workspaces].map(({ id }: { id: string }) => id);
    expect(listed.slice(0, 3)).toEqual(ids);
    await patch(`/api/workspaces/${ids[2]}`, { name: 'changed' });
    expect((await page(null)).workspaces[0]).toMatchObject({ id: ids[2], name: 'changed' });
  });

  it.each([
    ['too many files', { files: [1, 2, 3, 4].map((n) => ({ name: `${n}`, text: '' })) }, 'files'],
    ['a file that is too long', { files: [{ name: 'a', text: 'x'.repeat(1_001) }] }, 'files.0.text'],
    [
      'files that are too long together',
      { files: ['a', 'b', 'c'].map((name) => ({ name, text: 'x'.repeat(700) })) },
      'files',
    ],
    ['a binary file', { files: [{ name: 'a', text: 'a\0b' }] }, 'files.0.text'],
    ['half a character', { files: [{ name: 'a', text: '\ud83d' }] }, 'files.0.text'],
    ['a name twice', { files: ['a.js', 'A.JS'].map((name) => ({ name, text: '' })) }, 'files.1.name'],
    ['a way out', { files: [{ name: '../a', text: '' }] }, 'files.0.name'],
    ['an unknown field', { files: [{ name: 'a', text: '', mode: 1 }] }, 'files.0.mode'],
    ['an empty name', { name: ' ' }, 'name'],
  ])('[EDIT-6] [ERR-1] refuse %s by name', async (_what, body, field) => {
    const before = everything();
    const response = await post(`${service.url}/api/workspaces`, body);
    const { error } = await response.json();
    expect([response.status, error.code, error.details[0].field]).toEqual([400, 'invalid_request', field]);
    expect(everything()).toEqual(before);
  });
});

describe('a workspace that the database does not list', () => {
  it('[EDIT-1] is not there in half: its document goes again', async () => {
    const living = () => [
      service.query("SELECT documentId FROM SharedOp WHERE collection = 'workspaces'"),
      service.query(
        "SELECT documentId FROM SharedSnapshot WHERE collection = 'workspaces' AND data IS NOT NULL",
      ),
    ];
    const before = living();
    const tamper = (sql: string) => {
      const database = new SQLite(service.databaseFile);
      database.exec(sql);
      database.close();
    };
    tamper(`CREATE TRIGGER broken BEFORE INSERT ON Workspace BEGIN SELECT RAISE(ABORT, 'disk on fire'); END`);
    const response = await post(`${service.url}/api/workspaces`, { name: 'Never' });
    tamper('DROP TRIGGER broken');
    const { error } = await response.json();
    expect([response.status, error.code]).toEqual([503, 'storage_failed']);
    expect(living()).toEqual(before);
  });
});

describe('people who edit', () => {
  let id: string;
  let fileId: string;
  let ada: Editor;
  let bob: Editor;
  let doc: WorkspaceDoc;
  beforeEach(async () => {
    const made = await makeWorkspace(service.url, { 'a.txt': 'Hello', 'b.txt': 'x😀y' });
    id = made.id;
    fileId = made.ids['a.txt'] ?? '';
    ada = new Editor(service.url);
    bob = new Editor(service.url);
    doc = await ada.open(id);
  });
  afterEach(() => {
    ada[Symbol.dispose]();
    bob[Symbol.dispose]();
  });

  it('[EDIT-1] see each other, lose nothing, and it is kept', async () => {
    const other = await bob.open(id);
    await Promise.all([insert(doc, fileId, 5, ', Ada'), insert(other, fileId, 0, 'Bob: ')]);
    await Promise.all([told((done) => doc.fetch(done)), told((done) => other.fetch(done))]);
    expect(fileOf(doc, fileId).text).toBe('Bob: Hello, Ada');
    expect(other.data).toEqual(doc.data);
    await submit(doc, [{ p: ['name'], od: 'Untitled workspace', oi: 'Ours' }]);
    await service.restart();
    const { workspace } = await (await fetch(`${service.url}/api/workspaces/${id}`)).json();
    expect([workspace.files, workspace.name]).toEqual([doc.data?.files, 'Ours']);
    const { workspaces } = await (await fetch(`${service.url}/api/workspaces?limit=1`)).json();
    expect(workspaces).toMatchObject([{ id, name: 'Ours' }]);
  });

  it('[EDIT-1] add, rename and remove files', async () => {
    await submit(doc, [{ p: ['files', 'new-1'], oi: { name: 'c.txt', text: 'new' } }]);
    await submit(doc, [{ p: ['files', 'new-1', 'name'], od: 'c.txt', oi: 'd.txt' }]);
    await submit(doc, [{ p: ['files', fileId], od: { name: 'a.txt', text: 'Hello' } }]);
    const { workspace } = await (await fetch(`${service.url}/api/workspaces/${id}`)).json();
    const names = Object.values((workspace as WorkspaceDocument).files).map(({ name }) => name);
    expect(names.sort()).toEqual(['b.txt', 'd.txt']);
  });

  const other = () => Object.keys(doc.data?.files ?? {}).find((each) => each !== fileId) ?? '';

  it.each<[string, string, () => unknown]>([
    ['its id', 'invalid_op', () => [{ p: ['id'], oi: 'mine' }]],
    ['nothing', 'invalid_op', () => []],
    ['all files at once', 'invalid_op', () => [{ p: ['files'], oi: {} }]],
    ['a field that there is not', 'invalid_op', () => [{ p: ['color'], oi: 'red' }]],
    ['text that is no text', 'invalid_op', () => [{ p: ['files', fileId, 'text'], oi: 7 }]],
    [
      'a file with more in it',
      'invalid_op',
      () => [{ p: ['files', 'n'], oi: { name: 'n', text: '', x: 1 } }],
    ],
    [
      'a file in the place of another',
      'invalid_op',
      () => [{ p: ['files', fileId], oi: { name: 'n', text: '' } }],
    ],
    ['a file id with a path', 'invalid_op', () => [{ p: ['files', '../x'], oi: { name: 'n', text: '' } }]],
    [
      'a file id of all objects',
      'ERR_OT_OP_NOT_APPLIED',
      () => [{ p: ['files', 'toString'], oi: { name: 'n', text: '' } }],
    ],
    ['half a character', 'invalid_op', () => [{ p: ['files', fileId, 'text', 0], si: '\ud83d' }]],
    ['text inside a character', 'invalid_op', () => [{ p: ['files', other(), 'text', 2], si: '!' }]],
    ['half of a character away', 'invalid_op', () => [{ p: ['files', other(), 'text', 1], sd: '\ud83d' }]],
    ['NUL', 'invalid_op', () => [{ p: ['files', fileId, 'text', 0], si: '\0' }]],
    ['another line end', 'invalid_op', () => [{ p: ['files', fileId, 'text', 0], si: '\r\n' }]],
    ['an offset beyond the text', 'refused', () => [{ p: ['files', fileId, 'text', 6], si: '!' }]],
    ['too much at once', 'limit_exceeded', () => [{ p: ['files', fileId, 'text', 0], si: 'x'.repeat(601) }]],
    [
      'too many components',
      'limit_exceeded',
      () =>
        Array.from({ length: 257 }, (_, index) => ({
          p: ['files', fileId, 'text', (index % 2) * 3],
          si: 'x',
        })),
    ],
    ['one name twice', 'invalid_name', () => [{ p: ['files', 'n'], oi: { name: 'A.TXT', text: '' } }]],
    [
      'a name that leads out',
      'invalid_name',
      () => [{ p: ['files', fileId, 'name'], od: 'a.txt', oi: '../a' }],
    ],
    ['a name that is none', 'invalid_name', () => [{ p: ['name'], od: 'Untitled workspace', oi: '' }]],
  ])('[EDIT-1] [EDIT-6] are refused %s, and it leaves no trace', async (_what, code, op) => {
    const before = everything();
    expect(await codeOf(submit(doc, op()))).toBe(code);
    expect(everything()).toEqual(before);
    const fresh = await bob.open(id);
    expect(fresh.data?.files[fileId]).toEqual({ name: 'a.txt', text: 'Hello' });
    expect(Object.keys(fresh.data?.files ?? {})).toHaveLength(2);
  });

  it('[EDIT-1] are refused what is too much only in sum', async () => {
    await insert(doc, fileId, 0, 'x'.repeat(600));
    expect(await codeOf(insert(doc, fileId, 0, 'x'.repeat(600)))).toBe('limit_exceeded');
    await submit(doc, [{ p: ['files', 'third'], oi: { name: 'c', text: '' } }]);
    expect(await codeOf(submit(doc, [{ p: ['files', 'fourth'], oi: { name: 'd', text: '' } }]))).toBe(
      'limit_exceeded',
    );
    expect(fileOf(doc, fileId).text).toHaveLength(605);
  });

  it('[EDIT-1] are refused what makes all files together too long, and may always make them shorter', async () => {
    const ids = Object.keys(doc.data?.files ?? {});
    await submit(doc, [{ p: ['files', 'third'], oi: { name: 'c', text: '' } }]);
    for (const [each, size] of [
      [ids[0], 500],
      [ids[0], 450],
      [ids[1], 500],
      [ids[1], 450],
      ['third', 91],
    ] as const) {
      await insert(doc, each ?? '', 0, 'x'.repeat(size));
    }
    expect(await codeOf(insert(doc, 'third', 0, 'x'))).toBe('limit_exceeded');
    expect(
      await codeOf(
        submit(doc, [
          { p: ['files', 'third', 'text', 0], sd: 'x' },
          { p: ['files', 'third', 'text', 0], si: 'y' },
        ]),
      ),
    ).toBe('taken');
    const { files } = (await (await fetch(`${service.url}/api/workspaces/${id}`)).json()).workspace;
    expect(Object.values<{ text: string }>(files).reduce((sum, { text }) => sum + text.length, 0)).toBe(
      2_000,
    );
  });

  it('[EDIT-1] may make shorter, in parts, what is longer than a limit that was made smaller', async () => {
    const workspaces = { fileChars: 2_000 };
    await using own = await startService({ config: { workspaces } });
    const made = await makeWorkspace(own.url, { 'a.txt': 'z'.repeat(1_500) });
    workspaces.fileChars = 1_000;
    await own.restart();
    using late = new Editor(own.url);
    const long = await late.open(made.id);
    const longId = made.ids['a.txt'] ?? '';
    expect(await codeOf(submit(long, [{ p: ['files', longId, 'text', 0], sd: 'zz' }]))).toBe('taken');
    expect(await codeOf(insert(long, longId, 0, 'z'))).toBe('limit_exceeded');
    expect(fileOf(long, longId).text).toHaveLength(1_498);
  });

  it('[EDIT-6] cannot take the same new name at the same time', async () => {
    const theirs = await bob.open(id);
    const codes = await Promise.all([
      codeOf(submit(doc, [{ p: ['files', fileId, 'name'], od: 'a.txt', oi: 'same.txt' }])),
      codeOf(submit(theirs, [{ p: ['files', 'n'], oi: { name: 'Same.txt', text: '' } }])),
    ]);
    expect(codes.sort()).toEqual(['invalid_name', 'taken']);
  });

  it('[EDIT-1] cannot make or delete workspaces through ShareDB', async () => {
    const made = ada.connection.get('workspaces', 'made-up');
    made.on('error', () => {});
    await told((done) => made.fetch(done));
    expect(await codeOf(told((done) => made.create({ id: 'made-up' }, done)))).toBe('invalid_op');
    expect(await codeOf(told((done) => doc.del({}, done)))).toBe('invalid_op');
    expect((await fetch(`${service.url}/api/workspaces/${id}`)).status).toBe(200);
  });

  it('[EDIT-1] are refused an op that takes long to be brought up to date, but not one that came before', async () => {
    const socket = socketTo(service.url);
    await once(socket, 'message');
    const exchange = async (message: object) => {
      const reply = once(socket, 'message');
      socket.send(JSON.stringify({ c: 'workspaces', d: id, ...message }));
      return JSON.parse(String((await reply)[0]));
    };
    await exchange({ a: 'hs' });
    const many = [0, 1].flatMap(() =>
      Array.from({ length: 128 }, (_, index) => ({ p: ['files', fileId, 'text', index % 5], si: 'x' })),
    );
    const few = many.slice(0, 1);
    expect(await exchange({ a: 'op', v: 1, seq: 1, op: many })).not.toHaveProperty('error');
    expect(await exchange({ a: 'op', v: 2, seq: 2, op: many })).not.toHaveProperty('error');
    const refused = await exchange({ a: 'op', v: 1, seq: 3, op: many });
    expect(refused.error?.code).toBe('document_too_old');
    expect((await exchange({ a: 'op', v: 1, seq: 1, op: many })).error?.code).toBeUndefined();
    expect(await exchange({ a: 'op', v: 1, seq: 4, op: few })).not.toHaveProperty('error');
    socket.terminate();
  });

  it('[EDIT-5] cannot pass for an edit', async () => {
    const socket = socketTo(service.url);
    await once(socket, 'message');
    const exchange = async (message: object) => {
      const reply = once(socket, 'message');
      socket.send(JSON.stringify(message));
      return JSON.parse(String((await reply)[0])).error?.code;
    };
    const op = [{ p: ['files', fileId, 'text', 0], si: '!' }];
    expect(await exchange({ a: 'hs', id: 'edit:x' })).toBe('invalid_message');
    expect(await exchange({ a: 'op', c: 'workspaces', d: id, v: 1, seq: 1, src: 'edit:x', op })).toBe(
      'invalid_message',
    );
    expect(await exchange({ a: 'op', c: 'workspaces', d: id, v: 1, seq: 1, op })).toBeUndefined();
    socket.terminate();
  });

  it('[EDIT-1] show where they are', async () => {
    const channel = `workspaces/${id}`;
    const theirs = bob.connection.getPresence(channel);
    await told((done) => theirs.subscribe(done));
    const heard = once(theirs, 'receive');
    const mine = ada.connection.getPresence(channel).create('ada');
    const value = { name: 'Ada', fileId, anchor: 1, head: 3 };
    await told((done) => mine.submit(value, done));
    expect((await heard)[1]).toEqual(value);
    for (const wrong of [
      { ...value, head: -1 },
      { ...value, fileId: '__proto__' },
      { ...value, more: 1 },
      { fileId },
    ]) {
      expect(await codeOf(told((done) => mine.submit(wrong, done)))).toBe('invalid_presence');
    }
    const elsewhere = ada.connection.getPresence('chats/x').create('ada');
    expect(await codeOf(told((done) => elsewhere.submit(value, done)))).toBe('invalid_presence');
  });

  it('[EDIT-1] whose op comes to nothing on its way leave no empty op', async () => {
    const theirs = await bob.open(id);
    const both = [doc, theirs].map((each) =>
      submit(each, [{ p: ['files', fileId, 'text', 0], sd: 'Hello' }]),
    );
    await Promise.all(both);
    await told((done) => theirs.fetch(done));
    expect([fileOf(doc, fileId).text, fileOf(theirs, fileId).text]).toEqual(['', '']);
    const ops = service.query<{ op: string }>('SELECT op FROM SharedOp WHERE documentId = ?', id);
    expect(ops.map(({ op }) => JSON.parse(op).op).filter((op) => op?.length === 0)).toEqual([]);
  });
});
