import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SQLite from 'better-sqlite3';
import type { Behaviour } from '../../src/simulator/behaviour.ts';
import { startSimulator } from '../../src/simulator/server.ts';
import { Editor, fileOf, insert, makeWorkspace, settled, submit } from '../support/editor.ts';
import { edit, inTokens, writing } from '../support/edits.ts';
import { post } from '../support/events.ts';
import { serverProcess } from '../support/server-process.ts';
import { type Service, startService } from '../support/service.ts';

const BASE = Array.from({ length: 12 }, (_, line) => `line ${line}\n`).join('');
const NOW = BASE.replace('line 3', 'line three').replace('line 7\n', '').replace('line 9', 'line nine');

let service: Service;
let chunks: string[];
let fault: Behaviour['fault'];
beforeAll(async () => {
  service = await startService({
    script: () => ({ chunks, firstDelayMs: 0, delayMs: 0, ...(fault ? { fault } : {}) }),
  });
});
afterAll(() => service[Symbol.asyncDispose]());

const undo = (id: string, runId?: string) =>
  post(`${service.url}/api/workspaces/${id}/undo`, runId ? { runId } : {});
const editsOf = async (id: string) =>
  (await (await fetch(`${service.url}/api/workspaces/${id}/edits`)).json()).edits;
const filesOf = async (id: string): Promise<Record<string, string>> => {
  const { workspace } = await (await fetch(`${service.url}/api/workspaces/${id}`)).json();
  const files: Array<{ name: string; text: string }> = Object.values(workspace.files);
  return Object.fromEntries(files.map(({ name, text }) => [name, text]));
};
const codeOf = async (response: Response) => [response.status, (await response.json()).error.code];

describe('undoing an edit', () => {
  it('[EDIT-5] takes the whole of it back in one op, also after people typed and after a restart', async () => {
    const before = { 'a.txt': BASE, 'b.txt': 'removed\n' };
    const { id, ids } = await makeWorkspace(service.url, before);
    chunks = inTokens(`${writing({ 'a.txt': NOW, 'new.txt': 'new\n' })}\n\n**b.txt**\n\`\`\`\n\`\`\`\n`);
    const events = await edit(service.url, id);
    expect(await filesOf(id)).toEqual({ 'a.txt': NOW, 'new.txt': 'new\n' });
    {
      using ada = new Editor(service.url);
      const doc = await ada.open(id);
      await insert(doc, ids['a.txt'] ?? '', NOW.indexOf('line 5'), 'typed ');
      await settled(doc);
    }
    await service.restart();
    const ops = () => service.query('SELECT version FROM SharedOp WHERE documentId = ?', id).length;
    const had = ops();
    const [{ runId }] = await editsOf(id);
    expect(runId).toBe(events[0]?.id.split(':')[0]);
    const undone = await undo(id);
    expect([undone.status, await undone.json()]).toEqual([
      200,
      { runId, files: ['a.txt', 'b.txt', 'new.txt'] },
    ]);
    expect(ops()).toBe(had + 1);
    expect(await filesOf(id)).toEqual({
      'a.txt': BASE.replace('line 5', 'typed line 5'),
      'b.txt': 'removed\n',
    });
    expect(await editsOf(id)).toMatchObject([{ undoable: false, undoneAt: expect.any(String) }]);

    expect(await codeOf(await undo(id, runId))).toEqual([409, 'already_undone']);
    expect(await codeOf(await undo(id))).toEqual([404, 'not_found']);
  });

  it('[EDIT-5] waits for room when people have filled what the edit has made free', async () => {
    await using small = await startService({
      config: { workspaces: { totalChars: 1_000 } },
      script: () => ({ chunks, firstDelayMs: 0, delayMs: 0 }),
    });
    const old = 'old\n'.repeat(200);
    const { id } = await makeWorkspace(small.url, { 'a.txt': old });
    chunks = ['**a.txt**\n```\n```\n'];
    const [begin] = await edit(small.url, id);
    const runId = begin?.id.split(':')[0];
    using ada = new Editor(small.url);
    const doc = await ada.open(id);
    await submit(doc, [{ p: ['files', 'b'], oi: { name: 'b.txt', text: 'x'.repeat(500) } }]);
    const asked = () => post(`${small.url}/api/workspaces/${id}/undo`, { runId });
    expect(await codeOf(await asked())).toEqual([409, 'workspace_full']);
    await settled(doc);
    expect(doc.data?.files).toEqual({ b: { name: 'b.txt', text: 'x'.repeat(500) } });
    await submit(doc, [{ p: ['files', 'b', 'text', 0], sd: 'x'.repeat(400) }]);
    expect(await (await asked()).json()).toEqual({ runId, files: ['a.txt'] });
  });

  it('[EDIT-5] takes an older edit back, and leaves the newer one', async () => {
    const { id } = await makeWorkspace(service.url, { 'a.txt': 'one\ntwo\nthree\n' });
    chunks = [writing({ 'a.txt': 'ONE\ntwo\nthree\n' })];
    const first = (await edit(service.url, id))[0]?.id.split(':')[0];
    chunks = [writing({ 'a.txt': 'ONE\ntwo\nTHREE\n' })];
    await edit(service.url, id);
    using ada = new Editor(service.url);
    const doc = await ada.open(id);
    const heard = new Set<unknown>();
    doc.on('op', (_op, _source, src) => heard.add(src));
    expect((await undo(id, first)).status).toBe(200);
    expect(await filesOf(id)).toEqual({ 'a.txt': 'one\ntwo\nTHREE\n' });
    await settled(doc);
    // Whoever watches knows by that which edit it was.
    expect([...heard]).toEqual([`edit:${first}:undo`]);
    expect((await undo(id)).status).toBe(200);
    expect(await filesOf(id)).toEqual({ 'a.txt': 'one\ntwo\nthree\n' });
  });

  it('[EDIT-5] keeps a new file that somebody has written into, and finds a name for one that comes back', async () => {
    const { id } = await makeWorkspace(service.url, { 'gone.txt': 'old\n' });
    chunks = [`${writing({ 'new.txt': 'new\n' })}\n\n**gone.txt**\n\`\`\`\n\`\`\`\n`];
    await edit(service.url, id);
    using ada = new Editor(service.url);
    const doc = await ada.open(id);
    const [fileId = ''] = Object.keys(doc.data?.files ?? {});
    await insert(doc, fileId, 4, 'mine\n');
    await submit(doc, [{ p: ['files', 'theirs'], oi: { name: 'Gone.txt', text: 'theirs\n' } }]);
    expect((await undo(id)).status).toBe(200);
    expect(await filesOf(id)).toEqual({ 'new.txt': 'mine\n', 'Gone.txt': 'theirs\n', 'gone-2.txt': 'old\n' });
  });

  it('[EDIT-5] brings a file back under its name when the edit had made another of that name', async () => {
    const { id, ids } = await makeWorkspace(service.url, { 'a.txt': 'old\n' });
    chunks = ['**a.txt**\n```\n```\n', writing({ 'a.txt': 'new\n' })];
    await edit(service.url, id);
    expect(await filesOf(id)).toEqual({ 'a.txt': 'new\n' });
    expect((await undo(id)).status).toBe(200);
    const { workspace } = await (await fetch(`${service.url}/api/workspaces/${id}`)).json();
    expect(workspace.files).toEqual({ [ids['a.txt'] ?? '']: { name: 'a.txt', text: 'old\n' } });
  });

  it('[EDIT-5] is done once, also when a crash came before it was noted', async () => {
    const { id } = await makeWorkspace(service.url, { 'a.txt': BASE });
    chunks = [writing({ 'a.txt': NOW })];
    await edit(service.url, id);
    expect((await undo(id)).status).toBe(200);
    await service.server[Symbol.asyncDispose]();
    const database = new SQLite(service.databaseFile);
    database.prepare('UPDATE WorkspaceEdit SET undoneAt = NULL WHERE workspaceId = ?').run(id);
    database.close();
    await service.restart();
    expect((await undo(id)).status).toBe(200);
    expect(await filesOf(id)).toEqual({ 'a.txt': BASE });
    expect(await editsOf(id)).toMatchObject([{ undoable: false }]);
  });

  it('[EDIT-5] is refused when its ops are gone', async () => {
    const { id } = await makeWorkspace(service.url, { 'a.txt': BASE });
    chunks = [writing({ 'a.txt': NOW })];
    await edit(service.url, id);
    const long = new Date(Date.now() - 25 * 60 * 60 * 1000).toISOString().replace('Z', '+00:00');
    await service.server[Symbol.asyncDispose]();
    const database = new SQLite(service.databaseFile);
    database.prepare('UPDATE SharedOp SET createdAt = ? WHERE documentId = ?').run(long, id);
    database.close();
    await service.restart();
    while (service.query('SELECT 1 FROM SharedOp WHERE documentId = ?', id).length > 0) {
      await new Promise(setImmediate);
    }
    expect(await editsOf(id)).toMatchObject([{ undoable: false }]);
    expect(await codeOf(await undo(id))).toEqual([409, 'undo_expired']);
    expect(await filesOf(id)).toEqual({ 'a.txt': NOW });
  });

  it('[EDIT-5] knows only the edits of its workspace, and none that runs', async () => {
    const { id } = await makeWorkspace(service.url, { 'a.txt': BASE });
    expect(await codeOf(await undo(id))).toEqual([404, 'not_found']);
    expect(await codeOf(await undo('nothing'))).toEqual([404, 'not_found']);
    expect(await codeOf(await undo(id, 'x'))).toEqual([400, 'invalid_request']);
    chunks = [writing({ 'a.txt': NOW })];
    const { id: other } = await makeWorkspace(service.url, { 'a.txt': BASE });
    const theirs = (await edit(service.url, other))[0]?.id.split(':')[0];
    expect(await codeOf(await undo(id, theirs))).toEqual([404, 'not_found']);
    fault = { kind: 'stall', at: 0 };
    const running = await post(`${service.url}/api/workspaces/${id}/edit`, { prompt: 'Go' });
    expect(await codeOf(await undo(id))).toEqual([409, 'workspace_busy']);
    fault = undefined;
    await post(`${service.url}/api/runs/${running.headers.get('x-run-id')}/stop`, {});
    await running.text();
    expect(await codeOf(await undo(id))).toEqual([404, 'not_found']);
  });
});

describe('a crash in the middle of an edit', () => {
  it.each([
    ['keep', 'kept'],
    ['rollback', 'rolled_back'],
  ])(
    '[EDIT-4] [RUN-6] after kill -9 the workspace is consistent, and what became of it is said: %s',
    async (onFailure, outcome) => {
      const folder = mkdtempSync(join(tmpdir(), 'editing-crash-'));
      await using simulator = await startSimulator({
        script: {
          chunks: inTokens(writing({ 'a.txt': NOW }), 5),
          delayMs: 2,
          firstDelayMs: 0,
          fault: { kind: 'stall', at: 24 },
        },
      });
      const settings = join(folder, 'settings.toml');
      writeFileSync(
        settings,
        `[workspaces]\non_failure = "${onFailure}"\n[mirror]\nflush_ms = 1\n[stream]\ncheckpoint_ms = 20\n`,
      );
      await using server = await serverProcess({
        DATABASE_URL: `file:${join(folder, 'chat.db')}`,
        CONFIG_PATH: settings,
        AZURE_OPENAI_ENDPOINT: simulator.url,
        AZURE_OPENAI_API_KEY: 'key',
        AZURE_OPENAI_DEPLOYMENT_NAME: 'test',
      });
      const { id, ids } = await makeWorkspace(server.url, { 'a.txt': BASE });
      const fileId = ids['a.txt'] ?? '';
      const running = await post(`${server.url}/api/workspaces/${id}/edit`, { prompt: 'Go' });
      const runId = running.headers.get('x-run-id');
      const textOf = async () =>
        (await (await fetch(`${server.url}/api/workspaces/${id}`)).json()).workspace.files[fileId].text;
      while (!(await textOf()).includes('line three')) await new Promise(setImmediate);
      // Until its beginning is in the log that survives.
      const database = new SQLite(join(folder, 'chat.db'), { readonly: true });
      const saved = database.prepare(`SELECT 1 FROM RunSegment WHERE kind = 'event'`);
      while (!saved.get()) await new Promise(setImmediate);
      database.close();
      await server.kill();
      await running.text().catch(() => {});

      await server.start();
      const left = await textOf();
      // The beginning of the new text, then the old lines that it had not come to; how far it was nobody knows.
      if (outcome === 'rolled_back') expect(left).toBe(BASE);
      else expect(left).toMatch(/^line 0\n[\s\S]*line three\n[\s\S]*line 11\n$/);
      const { edits } = await (await fetch(`${server.url}/api/workspaces/${id}/edits`)).json();
      const files = [{ fileId, name: 'a.txt', change: 'changed' }];
      expect(edits).toMatchObject([
        { runId, outcome, status: 'interrupted', files, undoable: outcome === 'kept' },
      ]);
      const stream = await (await fetch(`${server.url}/api/runs/${runId}/stream?protocol=native`)).text();
      expect(stream).toContain('"type":"file_start"');
      expect(stream).toContain('"type":"status_update"');
      expect(stream).toContain(`"edit":{"outcome":"${outcome}","files":[{`);
      if (outcome === 'kept') {
        expect((await post(`${server.url}/api/workspaces/${id}/undo`, {})).status).toBe(200);
        expect(await textOf()).toBe(BASE);
      }
      await server.kill();
      rmSync(folder, { recursive: true });
    },
    60_000,
  );
});

it('[EDIT-5] is seen at once by whoever has the file open', async () => {
  const { id, ids } = await makeWorkspace(service.url, { 'a.txt': BASE });
  using ada = new Editor(service.url);
  const doc = await ada.open(id);
  chunks = [writing({ 'a.txt': NOW })];
  await edit(service.url, id);
  await settled(doc);
  expect(fileOf(doc, ids['a.txt'] ?? '').text).toBe(NOW);
  const changed = new Promise((resolve) => doc.once('op batch', resolve));
  await undo(id);
  await changed;
  expect(fileOf(doc, ids['a.txt'] ?? '').text).toBe(BASE);
});
