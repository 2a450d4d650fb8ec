import SQLite from 'better-sqlite3';
import type { Behaviour } from '../../src/simulator/behaviour.ts';
import { Editor, fileOf, insert, makeWorkspace, settled } from '../support/editor.ts';
import { beginEdit, edit, fileEvents, inTokens, reportOf, statusesOf, writing } from '../support/edits.ts';
import { allEvents, post, readEvents, terminalOf } from '../support/events.ts';
import { type Service, startService } from '../support/service.ts';

let behaviour: Behaviour;
const BASE = Array.from({ length: 20 }, (_, line) => `line ${line}\n`).join('');
const NOW = BASE.replaceAll('line', 'new');
const ANSWER = inTokens(writing({ 'a.txt': NOW, 'b.txt': 'never\n' }), 6);

const start = (onFailure: 'keep' | 'rollback') =>
  startService({
    config: {
      workspaces: { onFailure },
      mirror: { flushMs: 1 },
      stream: { idleTimeoutMs: 1_500, checkpointMs: 40 },
      retry: { attempts: 1 },
    },
    script: () => ({ firstDelayMs: 0, delayMs: 1, ...behaviour }),
  });

async function textOf(service: Service, id: string, fileId: string | undefined): Promise<string | undefined> {
  const { workspace } = await (await fetch(`${service.url}/api/workspaces/${id}`)).json();
  return workspace.files[fileId ?? '']?.text;
}

async function editsOf(service: Service, id: string) {
  return (await (await fetch(`${service.url}/api/workspaces/${id}/edits`)).json()).edits;
}

function opsOf(service: Service, id: string): Array<{ op: unknown[] }> {
  return service
    .query<{ op: string }>(`SELECT op FROM SharedOp WHERE documentId = ? AND version > 0`, id)
    .map(({ op }) => JSON.parse(op));
}

/** Of the new text, the beginning; then the old lines that it had not come to. */
function isHalf(text: string | undefined): boolean {
  const lines = text?.split('\n') ?? [];
  const fresh = lines.filter((line) => line.startsWith('new')).length;
  const old = lines.filter((line) => line.startsWith('line'));
  return fresh > 2 && old.length > 2 && old.at(-1) === 'line 19' && lines[0] === 'new 0';
}

const FAULTS: Array<[string, Behaviour['fault'], string]> = [
  ['closes', { kind: 'close', at: 25 }, 'provider_unavailable'],
  ['falls silent', { kind: 'stall', at: 25 }, 'idle_timeout'],
  ['sends an error object', { kind: 'error', at: 25 }, 'provider_unavailable'],
];

describe('what was changed is kept', () => {
  let service: Service;
  beforeAll(async () => {
    service = await start('keep');
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it.each(FAULTS)('[EDIT-4] when the provider %s in the middle of a file', async (_what, fault) => {
    const { id, ids } = await makeWorkspace(service.url, { 'a.txt': BASE });
    behaviour = { chunks: ANSWER, ...(fault ? { fault } : {}) };
    const events = await edit(service.url, id);
    expect(terminalOf(events).type).toBe('error');
    expect(reportOf(events)).toEqual({
      outcome: 'kept',
      files: [{ fileId: ids['a.txt'], name: 'a.txt', change: 'changed' }],
    });
    expect(statusesOf(events).at(-1)).toMatch(/What it has changed so far stays/);
    const text = await textOf(service, id, ids['a.txt']);
    expect([text, isHalf(text)]).toEqual([text, true]);
    expect(fileEvents(events).find(({ type }) => type === 'file_complete')).toMatchObject({ after: text });
    expect(await editsOf(service, id)).toMatchObject([{ status: 'failed', outcome: 'kept', undoable: true }]);

    const undone = await post(`${service.url}/api/workspaces/${id}/undo`, {});
    expect(await undone.json()).toMatchObject({ files: ['a.txt'] });
    expect(await textOf(service, id, ids['a.txt'])).toBe(BASE);
  });

  it('[EDIT-4] when somebody stops it', async () => {
    const { id, ids } = await makeWorkspace(service.url, { 'a.txt': BASE });
    behaviour = { chunks: ANSWER, fault: { kind: 'stall', at: 25 } };
    const events = [];
    for await (const event of readEvents(await beginEdit(service.url, id, 'Go'))) {
      events.push(event);
      if (event.type !== 'file_start') continue;
      while (!isHalf(await textOf(service, id, ids['a.txt']))) await new Promise(setImmediate);
      const stopped = post(`${service.url}/api/runs/${event.id.split(':')[0]}/stop`, {});
      expect((await stopped).status).toBe(202);
    }
    expect(terminalOf(events)).toMatchObject({
      type: 'stopped',
      cause: 'user_stop',
      edit: { outcome: 'kept' },
    });
    expect(isHalf(await textOf(service, id, ids['a.txt']))).toBe(true);
  });

  it('[EDIT-4] a block that never closes is what was written, and the rest of the file stays', async () => {
    const { id, ids } = await makeWorkspace(service.url, { 'a.txt': BASE });
    behaviour = { chunks: inTokens(`**a.txt**\n\n\`\`\`\n${NOW.slice(0, 40)}`) };
    const events = await edit(service.url, id);
    expect(terminalOf(events)).toMatchObject({ type: 'complete', edit: { outcome: 'applied' } });
    expect(statusesOf(events)).toEqual([expect.stringContaining('ended before a.txt did')]);
    const text = (await textOf(service, id, ids['a.txt'])) ?? '';
    expect(text.startsWith(NOW.slice(0, 40))).toBe(true);
    expect(text.endsWith('line 18\nline 19\n')).toBe(true);
  });

  it('[EDIT-4] a last fence without a line end closes its block', async () => {
    const { id } = await makeWorkspace(service.url, {});
    behaviour = { chunks: inTokens('**a.txt**\n```\none\n```') };
    const events = await edit(service.url, id);
    expect(statusesOf(events)).toEqual([]);
    expect(fileEvents(events).at(-1)).toMatchObject({ type: 'file_complete', before: null, after: 'one\n' });
  });

  it('[EDIT-4] deleting the workspace stops the edit', async () => {
    const { id } = await makeWorkspace(service.url, { 'a.txt': BASE });
    behaviour = { chunks: ANSWER, fault: { kind: 'stall', at: 25 } };
    const running = await beginEdit(service.url, id, 'Go');
    expect((await fetch(`${service.url}/api/workspaces/${id}`, { method: 'DELETE' })).status).toBe(204);
    expect(terminalOf(await allEvents(running))).toMatchObject({ type: 'stopped', cause: 'deleted' });
    expect((await fetch(`${service.url}/api/workspaces/${id}`)).status).toBe(404);
    expect(service.query('SELECT * FROM WorkspaceEdit WHERE workspaceId = ?', id)).toEqual([]);
    expect(service.query('SELECT * FROM SharedOp WHERE documentId = ?', id)).toEqual([]);
  });

  it('[EDIT-4] [RUN-12] an answer that is too long ends as length, with what it has changed', async () => {
    await using small = await startService({
      config: { limits: { answerChars: 100 }, mirror: { flushMs: 1 } },
      script: () => ({ chunks: ANSWER, firstDelayMs: 0, delayMs: 0 }),
    });
    const { id, ids } = await makeWorkspace(small.url, { 'a.txt': BASE });
    const events = await edit(small.url, id);
    expect(terminalOf(events)).toMatchObject({ type: 'complete', finishReason: 'length' });
    const text = (await textOf(small, id, ids['a.txt'])) ?? '';
    expect(text.startsWith('new 0\nnew 1\n')).toBe(true);
    expect(text.endsWith('line 19\n')).toBe(true);
  });

  it('[EDIT-4] when the database does not take it, the run fails, and the next edit works', async () => {
    const { id, ids } = await makeWorkspace(service.url, { 'a.txt': BASE });
    const tamper = (sql: string) => {
      const database = new SQLite(service.databaseFile);
      database.exec(sql);
      database.close();
    };
    tamper(
      `CREATE TRIGGER broken BEFORE INSERT ON SharedOp WHEN NEW.collection = 'workspaces'
       BEGIN SELECT RAISE(ABORT, 'disk on fire'); END`,
    );
    behaviour = { chunks: ANSWER, delayMs: 0 };
    const events = await edit(service.url, id);
    tamper('DROP TRIGGER broken');
    expect(terminalOf(events)).toMatchObject({
      type: 'error',
      code: 'storage_failed',
      edit: { outcome: 'kept', files: [] },
    });
    expect(await textOf(service, id, ids['a.txt'])).toBe(BASE);
    expect(reportOf(await edit(service.url, id))?.outcome).toBe('applied');
    expect(await textOf(service, id, ids['a.txt'])).toBe(NOW);
  });

  it('[EDIT-2] what somebody removes while it is written stays removed', async () => {
    const { id, ids } = await makeWorkspace(service.url, { 'a.txt': BASE, 'c.txt': 'c\n' });
    const fileId = ids['a.txt'] ?? '';
    using ada = new Editor(service.url);
    const doc = await ada.open(id);
    behaviour = { chunks: ANSWER, delayMs: 3 };
    const running = edit(service.url, id);
    while (!isHalf(doc.data?.files[fileId]?.text)) await new Promise((resolve) => doc.once('op', resolve));
    doc.submitOp([{ p: ['files', fileId], od: { ...fileOf(doc, fileId) } }]);
    const events = await running;
    await settled(doc);
    expect(
      Object.values(doc.data?.files ?? {})
        .map(({ name }) => name)
        .sort(),
    ).toEqual(['b.txt', 'c.txt']);
    expect(statusesOf(events)).toEqual(['"a.txt" was left out: it was removed by somebody meanwhile.']);
    expect(reportOf(events)?.files).toContainEqual({
      fileId,
      name: 'a.txt',
      change: 'left_out',
      reason: 'was removed by somebody meanwhile',
    });
    for (const { op } of opsOf(service, id)) expect(op.length).toBeGreaterThan(0);
  });

  it('[EDIT-2] what somebody renames while it is written is written on', async () => {
    const { id, ids } = await makeWorkspace(service.url, { 'a.txt': BASE });
    const fileId = ids['a.txt'] ?? '';
    using ada = new Editor(service.url);
    const doc = await ada.open(id);
    behaviour = { chunks: ANSWER, delayMs: 2 };
    const running = edit(service.url, id);
    while (!isHalf(doc.data?.files[fileId]?.text)) await new Promise((resolve) => doc.once('op', resolve));
    doc.submitOp([{ p: ['files', fileId, 'name'], od: 'a.txt', oi: 'z.txt' }]);
    await running;
    await settled(doc);
    expect(fileOf(doc, fileId)).toEqual({ name: 'z.txt', text: NOW });
  });
});

describe('what was changed is rolled back', () => {
  let service: Service;
  beforeAll(async () => {
    service = await start('rollback');
  });
  afterAll(() => service[Symbol.asyncDispose]());

  it.each(FAULTS)('[EDIT-4] when the provider %s, but not what somebody typed', async (_what, fault) => {
    const { id, ids } = await makeWorkspace(service.url, { 'a.txt': BASE });
    const fileId = ids['a.txt'] ?? '';
    using ada = new Editor(service.url);
    const doc = await ada.open(id);
    behaviour = { chunks: ANSWER, delayMs: 2, ...(fault ? { fault } : {}) };
    const running = edit(service.url, id);
    while (!isHalf(fileOf(doc, fileId).text)) await new Promise((resolve) => doc.once('op', resolve));
    await insert(doc, fileId, fileOf(doc, fileId).text.indexOf('line 19'), 'typed ');
    const events = await running;
    await settled(doc);
    expect(reportOf(events)?.outcome).toBe('rolled_back');
    expect(statusesOf(events).at(-1)).toMatch(/was taken back/);
    expect(fileOf(doc, fileId).text).toBe(BASE.replace('line 19', 'typed line 19'));
    expect(await textOf(service, id, fileId)).toBe(fileOf(doc, fileId).text);
    expect(await editsOf(service, id)).toMatchObject([{ outcome: 'rolled_back', undoable: false }]);
    const undo = await post(`${service.url}/api/workspaces/${id}/undo`, {
      runId: events[0]?.id.split(':')[0],
    });
    expect([undo.status, (await undo.json()).error.code]).toEqual([409, 'already_undone']);
  });

  it('[EDIT-4] but an answer that is complete stays', async () => {
    const { id, ids } = await makeWorkspace(service.url, { 'a.txt': BASE });
    behaviour = { chunks: ANSWER, delayMs: 0 };
    expect(reportOf(await edit(service.url, id))?.outcome).toBe('applied');
    expect(await textOf(service, id, ids['a.txt'])).toBe(NOW);
  });
});
