import fc from 'fast-check';
import { RebaseMap } from '../../src/editing/rebase-map.ts';
import { linesOf, StreamingDiff } from '../../src/editing/streaming-diff.ts';
import { applyChanges, type TextChange, type TextStep } from '../../src/text/text-change.ts';

/** Texts of few different lines, so that they have much in common. */
const text = fc
  .array(
    fc.constantFrom('', '}', 'const a = 1;', 'const a = 2;', 'const b = "😀";', 'const b = "😁";', 'return'),
    {
      maxLength: 30,
    },
  )
  .map((lines) => lines.map((line) => `${line}\n`).join(''));

/** What was written so far in pieces of any size, closed or not. */
function written(base: string, target: string, cuts: readonly number[], cutsOff: boolean): string[] {
  const alignment = new StreamingDiff(base);
  const states = [base];
  const take = (changes: readonly TextChange[]) => {
    for (const { remove, insert } of changes) expect(remove > 0 || insert !== '').toBe(true);
    states.push(applyChanges(states.at(-1) ?? '', changes));
  };
  const lines = linesOf(target);
  for (let from = 0, index = 0; from < lines.length; index += 1) {
    const to = from + (cuts[index % cuts.length] ?? 1);
    take(alignment.push(lines.slice(from, to)));
    from = to;
  }
  take(alignment.end(cutsOff));
  return states;
}

const cuts = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 });

describe('a new version of a text, line by line', () => {
  it('[EDIT-2] is in the end what was written, whatever the old one was', () => {
    fc.assert(
      fc.property(text, text, cuts, (base, target, sizes) => {
        expect(written(base, target, sizes, true).at(-1)).toBe(target);
      }),
      { numRuns: 2_000 },
    );
  });

  it('[EDIT-4] left unfinished, has all old lines that it did not come to', () => {
    fc.assert(
      fc.property(text, text, cuts, (base, target, sizes) => {
        const states = written(base, target, sizes, false);
        expect(states.at(-1)).toBe(states.at(-2));
        for (const state of states) expect(state.isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  const old = Array.from({ length: 200 }, (_, line) => `line ${line} says ${line * 7}\n`);

  it.each<[string, string[], number]>([
    ['the same', old, 0],
    ['a line changed', old.with(100, 'line 100 says something else\n'), 30],
    ['a line added', old.toSpliced(100, 0, 'between\n'), 20],
    ['a line removed', old.toSpliced(100, 1), 25],
    ['forty lines removed', old.toSpliced(100, 40), 900],
    [
      'a block moved up',
      [...old.slice(0, 20), ...old.slice(150, 155), ...old.slice(20, 150), ...old.slice(155)],
      260,
    ],
  ])('[EDIT-2] touches nothing but what differs: %s', (_what, now, most) => {
    const alignment = new StreamingDiff(old.join(''));
    let touched = 0;
    const count = (changes: readonly TextChange[]) => {
      for (const { remove, insert } of changes) touched += remove + insert.length;
    };
    for (const line of now) count(alignment.push([line]));
    count(alignment.end(true));
    expect(touched).toBeLessThanOrEqual(most);
  });
});

function stepped(document: string, steps: readonly TextStep[]): string {
  return steps.reduce(
    (result, step) =>
      'insert' in step
        ? result.slice(0, step.at) + step.insert + result.slice(step.at)
        : result.slice(0, step.at) + result.slice(step.at + step.remove),
    document,
  );
}

describe('two versions of a text, woven together', () => {
  const move = fc.record({
    by: fc.constantFrom('model', 'people'),
    at: fc.nat(1_000),
    remove: fc.nat(6),
    insert: fc.stringMatching(/^[a-z]{0,4}$/),
  });

  it('[EDIT-2] the document has what people added, and nothing that either removed', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 40 }), (moves) => {
        const base = '0123456789'.repeat(3);
        const weave = new RebaseMap(base.length);
        let model = base;
        let document = base;
        for (const { by, at, remove, insert } of moves) {
          if (by === 'model') {
            const from = at % (model.length + 1);
            const change = {
              at: from,
              remove: Math.min(remove, model.length - from),
              insert: insert.toUpperCase(),
            };
            if (change.remove === 0 && change.insert === '') continue;
            document = stepped(document, weave.rebase([change]));
            model = applyChanges(model, [change]);
          } else {
            const from = at % (document.length + 1);
            const step =
              insert === ''
                ? { at: from, remove: Math.min(remove, document.length - from) }
                : { at: from, insert };
            if ('remove' in step && step.remove === 0) continue;
            weave.collaborator(step);
            document = stepped(document, [step]);
          }
        }
        // What is the model's comes in the model's order; what people removed of it is missing.
        let index = 0;
        for (const unit of document.replaceAll(/[a-z]/g, '')) {
          index = model.indexOf(unit, index) + 1;
          expect(index).toBeGreaterThan(0);
        }
        // If nobody removed anything of the model's text, all of it is there.
        if (!moves.some((each) => each.by === 'people' && each.insert === '')) {
          expect(document.replaceAll(/[a-z]/g, '')).toBe(model);
          expect(document.replaceAll(/[^a-z]/g, '')).toHaveLength(
            moves.reduce((sum, each) => sum + (each.by === 'people' ? each.insert.length : 0), 0),
          );
        }
      }),
      { numRuns: 2_000 },
    );
  });
});
