import fc from 'fast-check';
import { LOCAL } from '../../src/auth/principal.ts';
import { nameKey } from '../../src/editing/file-names.ts';
import { Editor, settled, type WorkspaceDoc } from '../support/editor.ts';
import { openStage, type Stage } from '../support/stage.ts';
import { told } from '../support/viewer.ts';

let stage: Stage;
beforeAll(async () => {
  stage = await openStage({ mirror: { flushMs: 1 } });
});
afterAll(() => stage[Symbol.asyncDispose]());

const line = fc.constantFrom(
  'const a = 1;',
  'const b = 2;',
  '}',
  '',
  'return "😀";',
  'function f() {',
  '// note',
);
const text = fc.array(line, { maxLength: 12 }).map((lines) => lines.map((each) => `${each}\n`).join(''));

/** What happens next: the model says so many units, somebody types or removes, or everybody waits. */
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant('model' as const), units: fc.integer({ min: 1, max: 60 }) }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('type' as const),
      who: fc.nat(1),
      at: fc.nat(1_000),
      text: fc.stringMatching(/^[\u2460-\u2473]{1,3}$/),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constant('remove' as const),
      who: fc.nat(1),
      at: fc.nat(1_000),
      units: fc.integer({ min: 1, max: 15 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('wait' as const), turns: fc.integer({ min: 0, max: 6 }) }),
  },
);

/** Not between the halves of a character: no editor does that. */
function whole(text: string, offset: number): number {
  const unit = text.charCodeAt(offset);
  return unit >= 0xdc00 && unit <= 0xdfff ? offset - 1 : offset;
}

/** The circled digits that somebody typed, in any order. */
const typed = (text: string) =>
  [...text]
    .filter((unit) => /[\u2460-\u2473]/.test(unit))
    .sort()
    .join('');

describe('a person and the model in one file', () => {
  it('[EDIT-2] [EDIT-5] in any interleaving: all converge, nothing of either is lost, undo leaves what people wrote', async () => {
    await fc.assert(
      fc.asyncProperty(text, text, fc.array(step, { maxLength: 40 }), async (base, target, steps) => {
        const { workspace } = await stage.workspaces.create(
          {
            name: 'Test',
            files: [{ name: 'a.js', text: base }],
          },
          { principal: LOCAL },
        );
        const [fileId = ''] = Object.keys(workspace.files);
        using ada = new Editor(stage.url);
        using bob = new Editor(stage.url);
        const docs: [WorkspaceDoc, WorkspaceDoc] = [
          await ada.open(workspace.id),
          await bob.open(workspace.id),
        ];
        const answer = await stage.editFiles(workspace.id, 'Rewrite it.');
        let said = `Yes.\n\n**a.js**\n\n\`\`\`js\n${target}\`\`\`\n\nDone.`;
        let expected = '';
        let removals = 0;
        for (const each of steps) {
          if (each.kind === 'model') {
            answer.sink.content(said.slice(0, each.units));
            said = said.slice(each.units);
          } else if (each.kind === 'wait') {
            for (let turn = 0; turn < each.turns; turn += 1) await new Promise(setImmediate);
          } else {
            const doc = docs[each.who] ?? docs[0];
            const file = doc.data?.files[fileId];
            // The model has removed it: its new text is empty.
            if (!file) continue;
            const at = whole(file.text, each.at % (file.text.length + 1));
            if (each.kind === 'type') {
              doc.submitOp([{ p: ['files', fileId, 'text', at], si: each.text }]);
              expected += each.text;
            } else {
              const end = whole(file.text, Math.min(at + each.units, file.text.length));
              if (end <= at) continue;
              doc.submitOp([{ p: ['files', fileId, 'text', at], sd: file.text.slice(at, end) }]);
              removals += 1;
            }
          }
        }
        answer.sink.content(said);
        answer.complete();
        await answer.over();
        for (const doc of docs) {
          await settled(doc);
          await told((done) => doc.fetch(done));
        }
        const stored = (await stage.workspaces.get(workspace.id)).workspace.files;
        for (const doc of docs) expect(doc.data?.files).toEqual(stored);
        expect(answer.run.log.terminal?.type).toBe('complete');
        const isRemoved = target.trim() === '';
        const after = stored[fileId]?.text;
        if (!isRemoved && removals === 0) {
          expect(typed(after ?? '')).toBe([...expected].sort().join(''));
          expect(after?.replaceAll(/[\u2460-\u2473]/g, '')).toBe(target);
        }
        expect((after ?? '').isWellFormed()).toBe(true);
        for (const { op } of opsOf(workspace.id)) {
          expect(op.length).toBeGreaterThan(0);
          for (const component of op) expect(Object.values(component)).not.toContain('');
        }

        const edited = (await stage.workspaces.edits(workspace.id))[0]?.undoable;
        if (!edited) return;
        await stage.workspaces.undo(workspace.id, undefined);
        const undone = (await stage.workspaces.get(workspace.id)).workspace.files[fileId]?.text ?? '';
        if (!isRemoved && removals === 0) {
          expect(typed(undone)).toBe([...expected].sort().join(''));
          expect(undone.replaceAll(/[\u2460-\u2473]/g, '')).toBe(base);
        }
        for (const doc of docs) {
          await told((done) => doc.fetch(done));
          expect(doc.data?.files[fileId]?.text ?? '').toBe(undone);
        }
      }),
      { numRuns: 120, endOnFailure: true },
    );
  });

  it.each(['keep', 'rollback'] as const)(
    '[EDIT-4] stopped anywhere: what people wrote stays, and what the model did is taken back, at once or by undo: %s',
    async (onFailure) => {
      await using other = await openStage({ mirror: { flushMs: 1 }, onFailure });
      await fc.assert(
        fc.asyncProperty(text, text, fc.array(step, { maxLength: 30 }), async (base, target, steps) => {
          const files = [{ name: 'a.js', text: base }];
          const { workspace } = await other.workspaces.create({ name: 'Test', files }, { principal: LOCAL });
          const [fileId = ''] = Object.keys(workspace.files);
          using ada = new Editor(other.url);
          const doc = await ada.open(workspace.id);
          const answer = await other.editFiles(workspace.id, 'Rewrite it.');
          let said = `**a.js**\n\`\`\`js\n${target}\`\`\`\n**b.js**\n\`\`\`js\n${target}\`\`\`\nDone.`;
          let expected = '';
          for (const each of steps) {
            if (each.kind === 'model') {
              answer.sink.content(said.slice(0, each.units));
              said = said.slice(each.units);
            } else if (each.kind === 'wait') {
              for (let turn = 0; turn < each.turns; turn += 1) await new Promise(setImmediate);
            } else if (each.kind === 'type' && doc.data?.files[fileId]) {
              const now = doc.data.files[fileId].text;
              doc.submitOp([
                { p: ['files', fileId, 'text', whole(now, each.at % (now.length + 1))], si: each.text },
              ]);
              expected += each.text;
            }
          }
          answer.run.stop('user_stop');
          await answer.over();
          await settled(doc);
          const [edit] = await other.workspaces.edits(workspace.id);
          expect(['kept', 'rolled_back']).toContain(edit?.outcome);
          if (edit?.undoable) await other.workspaces.undo(workspace.id, undefined);
          const left = Object.values((await other.workspaces.get(workspace.id)).workspace.files);
          expect(left.map(({ name }) => name)).toEqual(['a.js']);
          // A model that removes the file takes along what people had written into it by then.
          if (target.trim() === '') return;
          expect(typed(left[0]?.text ?? '')).toBe([...expected].sort().join(''));
          expect(left[0]?.text.replaceAll(/[\u2460-\u2473]/g, '')).toBe(base);
        }),
        { numRuns: Number(process.env.RUNS ?? 60), endOnFailure: true },
      );
    },
    120_000,
  );

  it('[EDIT-2] [EDIT-6] files that come, go and change their names meanwhile: all converge, and no name is there twice', async () => {
    const names = ['a.js', 'b.js', 'c.js', 'A.js'];
    const happening = fc.oneof(
      fc.record({ kind: fc.constant('model' as const), units: fc.integer({ min: 1, max: 40 }) }),
      fc.record({ kind: fc.constant('wait' as const), turns: fc.integer({ min: 0, max: 6 }) }),
      fc.record({
        kind: fc.constantFrom('rename', 'remove', 'add', 'type'),
        who: fc.nat(1),
        file: fc.nat(5),
        name: fc.constantFrom(...names),
      }),
    );
    const block = fc.record({ name: fc.constantFrom(...names), text });
    await fc.assert(
      fc.asyncProperty(
        text,
        text,
        fc.array(block, { maxLength: 4 }),
        fc.array(happening, { maxLength: 40 }),
        async (a, b, blocks, steps) => {
          const { workspace } = await stage.workspaces.create(
            {
              name: 'Test',
              files: [
                { name: 'a.js', text: a },
                { name: 'b.js', text: b },
              ],
            },
            { principal: LOCAL },
          );
          using ada = new Editor(stage.url);
          using bob = new Editor(stage.url);
          const docs: [WorkspaceDoc, WorkspaceDoc] = [
            await ada.open(workspace.id),
            await bob.open(workspace.id),
          ];
          const answer = await stage.editFiles(workspace.id, 'Rewrite all.');
          let said = blocks.map((each) => `**${each.name}**\n\`\`\`\n${each.text}\`\`\`\n`).join('\n');
          let added = 0;
          for (const each of steps) {
            if (each.kind === 'model') {
              answer.sink.content(said.slice(0, each.units));
              said = said.slice(each.units);
            } else if (each.kind === 'wait') {
              for (let turn = 0; turn < each.turns; turn += 1) await new Promise(setImmediate);
            } else if ('file' in each) {
              const doc = docs[each.who] ?? docs[0];
              const files = Object.entries(doc.data?.files ?? {});
              const [id, file] = files[each.file % Math.max(1, files.length)] ?? [];
              // What the server refuses (a name that is taken) the client takes back by itself.
              const send = (component: object) => doc.submitOp([component] as never, undefined, () => {});
              if (each.kind === 'add') {
                added += 1;
                send({ p: ['files', `new-${added}`], oi: { name: each.name, text: 'mine\n' } });
              } else if (id !== undefined && file) {
                if (each.kind === 'rename') send({ p: ['files', id, 'name'], od: file.name, oi: each.name });
                else if (each.kind === 'remove') send({ p: ['files', id], od: { ...file } });
                else send({ p: ['files', id, 'text', 0], si: '!' });
              }
            }
          }
          answer.sink.content(said);
          answer.complete();
          await answer.over();
          for (const doc of docs) {
            await settled(doc);
            await told((done) => doc.fetch(done));
          }
          const stored = (await stage.workspaces.get(workspace.id)).workspace.files;
          for (const doc of docs) expect(doc.data?.files).toEqual(stored);
          expect(JSON.stringify(answer.run.log.terminal)).toContain('"type":"complete"');
          const keys = Object.values(stored).map(({ name }) => nameKey(name));
          expect(new Set(keys).size).toBe(keys.length);
          if ((await stage.workspaces.edits(workspace.id))[0]?.undoable) {
            await stage.workspaces.undo(workspace.id, undefined);
            const undone = (await stage.workspaces.get(workspace.id)).workspace.files;
            const left = Object.values(undone).map(({ name }) => nameKey(name));
            expect(new Set(left).size).toBe(left.length);
          }
          for (const { op } of opsOf(workspace.id)) expect(op.length).toBeGreaterThan(0);
        },
      ),
      { numRuns: Number(process.env.RUNS ?? 100), endOnFailure: true },
    );
  });

  function opsOf(id: string): Array<{ op: object[] }> {
    return stage.database
      .query<{ op: string }>(`SELECT op FROM SharedOp WHERE documentId = ? AND version > 0`, id)
      .map(({ op }) => JSON.parse(op));
  }
});
