import { runAttacks } from '../../scripts/survival/attacks.ts';
import { SHAPES } from '../../scripts/survival/hostile-shapes.ts';
import { availableServer } from '../../scripts/survival/server-process.ts';

/**
 * In which /healthz may be unanswered, on a machine on which others work. `npm run test:survival` prints the figures.
 */
const LONGEST_GAP_MS = 30_000;

/** Bodies have a test of their own, which posts to a server in its own process. */
const shapes = SHAPES.filter(({ name }) => !name.startsWith('bodies'));

describe('a server in a heap of 1 GiB', () => {
  it('[LIMIT-2] [RUN-3] survives input that ended earlier servers, and keeps each rule', async () => {
    const figures = await runAttacks({
      command: ['--max-old-space-size=1024', ...availableServer()],
      scale: 0.05,
      shapes,
    });
    expect(figures.filter(({ fault }) => fault !== null)).toEqual([]);
    expect(figures.map(({ shape }) => shape)).toEqual(shapes.map(({ name }) => name));
    expect(Math.max(...figures.map(({ longestGapMs }) => longestGapMs))).toBeLessThan(LONGEST_GAP_MS);
  });
});
