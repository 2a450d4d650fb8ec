import { setTimeout as pause } from 'node:timers/promises';
import { LOCAL } from '../../src/auth/principal.ts';
import { turnsDuring } from '../support/event-loop-turns.ts';
import { codeIn, type RawMessage, RawViewer } from '../support/raw-viewer.ts';
import { openStage } from '../support/stage.ts';

const MI = 1024 * 1024;

describe('the history of a document', () => {
  it('[LIMIT-2] [MIRROR-7] is bounded in characters: the older half goes, and who needs it loads afresh', async () => {
    await using stage = await openStage();
    const { workspace } = await stage.workspaces.create(
      {
        name: 'History',
        files: [{ name: 'a.txt', text: '' }],
      },
      { principal: LOCAL },
    );
    const { id } = workspace;
    const fileId = Object.keys(workspace.files)[0] ?? '';
    const text = 'x'.repeat(60_000);
    const size = () =>
      stage.database.query<{ size: number; ops: number }>(
        'SELECT sum(length(op)) AS size, count(*) AS ops FROM SharedOp WHERE documentId = ?',
        id,
      )[0] ?? { size: 0, ops: 0 };
    let version = 1;
    // Each connection may send 4 Mi characters before it has to wait.
    for (let connection = 0; connection < 5; connection += 1) {
      const viewer = await RawViewer.open(stage.url);
      for (let seq = 1; seq <= 66; seq += 1) {
        const p = ['files', fileId, 'text', 0];
        const op = [version % 2 ? { p, si: text } : { p, sd: text }];
        const own = (message: RawMessage) => message.a === 'op' && message.seq === seq;
        const reply = await viewer.ask({ a: 'op', c: 'workspaces', d: id, v: version, seq, op }, own);
        expect(codeIn(reply)).toBeUndefined();
        version += 1;
      }
      viewer.close();
    }
    expect(version).toBe(331);
    while (size().size > 12 * MI) await pause(20);
    expect(size().size).toBeGreaterThan(7 * MI);

    const late = await RawViewer.open(stage.url);
    for (const a of ['f', 's']) {
      expect(codeIn(await late.ask({ a, c: 'workspaces', d: id, v: 1 }))).toBe('document_too_old');
    }
    const op = [{ p: ['files', fileId, 'text', 0], si: 'late' }];
    const refused = await late.ask({ a: 'op', c: 'workspaces', d: id, v: 1, seq: 1, op });
    expect(codeIn(refused)).toBe('document_too_old');
    const { data } = await late.ask({ a: 's', c: 'workspaces', d: id });
    expect(data).toMatchObject({ v: 331, data: { id } });
    // The newest half is there, and comes in order.
    const from = 331 - 100;
    const heard = late.heard.length;
    // Here it is 23; in one go it would be 7.
    expect(await turnsDuring(late.ask({ a: 'f', c: 'workspaces', d: id, v: from }))).toBeGreaterThan(12);
    const versions = late.heard
      .slice(heard)
      .filter(({ a }) => a === 'op')
      .map(({ v }) => v);
    expect(versions).toEqual(Array.from({ length: 100 }, (_, index) => from + index));
    late.close();
  });

  it('[EDIT-5] keeps what an edit that goes on may have to take back', async () => {
    await using stage = await openStage();
    const { workspace } = await stage.workspaces.create(
      {
        name: 'Needed',
        files: [{ name: 'a.txt', text: '' }],
      },
      { principal: LOCAL },
    );
    const { id } = workspace;
    const fileId = Object.keys(workspace.files)[0] ?? '';
    const { documents } = stage.database;
    const edited = await stage.documents.open(id, 'edit:running');
    const first = edited.version;
    for (let round = 0; round < 10; round += 1) {
      edited.change(fileId, [{ at: 0, insert: 'y'.repeat(MI) }]);
      await edited.stored();
      edited.change(fileId, [{ at: 0, remove: MI }]);
      await edited.stored();
    }
    expect((await documents.ops({ collection: 'workspaces', id }, first, null))[0]?.version).toBe(first);
    await edited[Symbol.asyncDispose]();
    const after = await stage.documents.open(id, 'edit:after');
    const oldest = async () => (await documents.oldest({ collection: 'workspaces', id })) ?? 0;
    for (let round = 0; round < 8 && (await oldest()) <= first; round += 1) {
      after.change(fileId, [{ at: 0, insert: 'z'.repeat(MI / 2) }]);
      await after.stored();
      after.change(fileId, [{ at: 0, remove: MI / 2 }]);
      await after.stored();
    }
    while ((await oldest()) <= first) await pause(20);
    await after[Symbol.asyncDispose]();
  });
});
