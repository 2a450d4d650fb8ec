import fc from 'fast-check';
import { RunLog } from '../../src/runs/log.ts';
import { Regions } from '../../src/runs/regions.ts';
import { REDACTED } from '../../src/runs/text.ts';
import { leastCpuOf } from '../support/cpu-time.ts';

const region = fc.tuple(fc.nat(60), fc.nat(60)).map(([from, length]) => ({ from, to: from + length }));

/** The same, unit by unit. */
function over(text: string, taken: ReadonlySet<number>): string {
  return Array.from({ length: text.length }, (_, at) => (taken.has(at) ? REDACTED : text[at])).join('');
}

function offsets({ from, to }: { from: number; to: number }): number[] {
  return Array.from({ length: to - from }, (_, index) => from + index);
}

describe('text that is taken back', () => {
  it('[PROV-8] is what the regions cover, each unit once', () => {
    fc.assert(
      fc.property(fc.array(region, { maxLength: 12 }), fc.string({ maxLength: 80 }), (regions, text) => {
        const set = new Regions();
        const taken = new Set<number>();
        for (const each of regions) {
          const added = set.add(each).flatMap(offsets);
          expect(added).toEqual(offsets(each).filter((offset) => !taken.has(offset)));
          for (const offset of added) taken.add(offset);
        }
        expect(set.over(text, REDACTED)).toBe(over(text, taken));
      }),
      { numRuns: 500 },
    );
  });

  it('[PROV-8] reads the same from a log, however its text came, and is told unless it was taken back before', () => {
    const piece = fc.string({ unit: 'grapheme', minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(
        fc.array(fc.oneof(piece, region, fc.constant('read' as const)), { maxLength: 30 }),
        (steps) => {
          const log = new RunLog();
          let text = '';
          for (const step of steps) {
            if (step === 'read') {
              expect(log.text().content).toBe(text);
            } else if (typeof step === 'string') {
              const clean = step.replaceAll(REDACTED, '?');
              log.content(clean);
              text += clean;
            } else {
              const { length } = log.entries;
              const told = log.redact(step.from, step.to);
              expect(log.entries.length).toBe(told ? length + 1 : length);
              const last = told ? log.entries.keptAt(length) : null;
              if (!last || typeof last === 'string' || last.type !== 'redact') {
                expect(text.slice(step.from, step.to).replaceAll(REDACTED, '')).toBe('');
                continue;
              }
              expect(last.from).toBeLessThanOrEqual(step.from);
              expect(last.from).toBeGreaterThanOrEqual(step.from - 1);
              expect(last.to).toBeLessThanOrEqual(text.length);
              text = over(text, new Set(offsets(last)));
            }
            expect(log.text().content.isWellFormed()).toBe(true);
          }
          expect(log.text().content).toBe(text);
        },
      ),
      { numRuns: 500 },
    );
  });

  it.each([
    ['one piece', 1, 4 * 1024 * 1024],
    ['many pieces', 40_000, 100],
  ])(
    '[PROV-8] [LIMIT-2] costs what it is, not the answer again for each remark (%s)',
    async (_what, pieces, length) => {
      const answer = 'x'.repeat(pieces * length);
      const tenCopies = await leastCpuOf(() => {
        for (let count = 0; count < 10; count += 1) Buffer.from(answer).toString();
      });
      const takeBack = () => {
        const log = new RunLog();
        for (let count = 0; count < pieces; count += 1) log.content('x'.repeat(length));
        for (let count = 0; count < 4_000; count += 1) log.redact(count * 900, count * 900 + 10);
        for (let count = 0; count < 4_000; count += 1) log.redact(0, 3_600_000);
        expect(log.text().content.startsWith(REDACTED.repeat(3_600_000))).toBe(true);
        expect(log.entries.length).toBe(pieces + 4_001);
      };
      // About as much as 30 to 80 copies of the answer; one for each remark would be 8,000.
      const most = 50 * tenCopies;
      expect(await leastCpuOf(takeBack, { times: 3, enough: most })).toBeLessThan(most);
    },
  );
});
