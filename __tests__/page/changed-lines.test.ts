import { changedLines } from '../../src/web/workspace/changed-lines.ts';

describe('the lines of a change', () => {
  it.each([
    ['', 'a\nb\n', { added: 2, removed: 0 }],
    ['a\nb\n', '', { added: 0, removed: 2 }],
    ['a\nb\nc\n', 'a\nx\ny\nc\n', { added: 2, removed: 1 }],
    ['a\n', 'a', { added: 0, removed: 0 }],
  ])('[EDIT-3] from %j to %j is counted in lines', (before, after, lines) => {
    expect(changedLines(before, after)).toEqual(lines);
  });

  it('[EDIT-3] nothing is said of more lines than a page can compare without blocking', () => {
    expect(changedLines('x\n'.repeat(4_000), 'y\n'.repeat(4_000))).toBe(null);
  });
});
