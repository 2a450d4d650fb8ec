import fc from 'fast-check';
import { changedLines } from '../src/web/conversation/edited-files.ts';
import { isJsonText, laidOut } from '../src/web/structured/json-text.ts';
import { inParts, minimal } from '../src/web/workspace/text-change.ts';

/** Texts in which much is alike, with characters of one unit and of two. */
const text = fc.string({ unit: fc.constantFrom('a', 'b', '\n', '😀', '😁', 'é'), maxLength: 30 });

describe('a change of a text', () => {
  it('[EDIT-2] is the same change when it is made minimal, and cuts no character in two', () => {
    fc.assert(
      fc.property(text, text, text, text, (before, removed, inserted, after) => {
        const change = minimal({ at: before.length, removed, inserted });
        const whole = before + removed + after;
        if (!change) {
          expect(removed).toBe(inserted);
          return;
        }
        const { at } = change;
        expect(whole.slice(at, at + change.removed.length)).toBe(change.removed);
        expect(whole.slice(0, at) + change.inserted + whole.slice(at + change.removed.length)).toBe(
          before + inserted + after,
        );
        expect(change.removed.isWellFormed() && change.inserted.isWellFormed()).toBe(true);
        expect(change.removed.length).toBeLessThanOrEqual(removed.length);
      }),
    );
  });

  it('[EDIT-1] goes in parts that make it up, none too long, none with half a character', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 9 }), (whole, length) => {
        const parts = inParts(whole, length);
        expect(parts.join('')).toBe(whole);
        expect(parts.every((part) => part !== '' && part.length <= length && part.isWellFormed())).toBe(true);
      }),
    );
  });

  it.each([
    ['', 'a\nb\n', { added: 2, removed: 0 }],
    ['a\nb\n', '', { added: 0, removed: 2 }],
    ['a\nb\nc\n', 'a\nx\ny\nc\n', { added: 2, removed: 1 }],
    ['a\n', 'a', { added: 0, removed: 0 }],
  ])('[EDIT-3] from %j to %j is counted in lines', (before, after, lines) => {
    expect(changedLines(before, after)).toEqual(lines);
  });

  it('[EDIT-3] of more lines than a page can compare in passing nothing is said', () => {
    expect(changedLines('x\n'.repeat(4_000), 'y\n'.repeat(4_000))).toBe(null);
  });
});

describe('JSON to be read by people', () => {
  it('[PROV-7] has a line for each entry, and says the same', () => {
    fc.assert(
      fc.property(fc.json(), (json) => {
        expect(laidOut(json)).toBe(JSON.stringify(JSON.parse(json), null, 2));
      }),
    );
  });

  it('[PROV-7] is laid out while it comes, never with less than has come', () => {
    fc.assert(
      fc.property(fc.json(), fc.nat(), (json, cut) => {
        const part = json.slice(0, cut % (json.length + 1));
        const bare = (some: string) => some.replaceAll(/\s/g, '');
        expect(bare(laidOut(part))).toBe(bare(part));
      }),
    );
  });

  it('[PROV-7] keeps numbers as they were written', () => {
    expect(laidOut('{"a":1.50,"b":12345678901234567890,"a":1e3}')).toBe(
      '{\n  "a": 1.50,\n  "b": 12345678901234567890,\n  "a": 1e3\n}',
    );
  });

  it.each([
    ['{"a": 1}', true],
    [' \n[\n {"a": 1}]', true],
    ['["a"]', true],
    ['{}', true],
    ['[a link](https://example.com)', false],
    ['[1] says so', false],
    ['{ braces in prose }', false],
    ['```json\n{"a": 1}\n```', false],
    ['', false],
  ])('[PROV-7] is told from Markdown by its beginning: %j', (text, expected) => {
    expect(isJsonText(text)).toBe(expected);
  });
});
