import fc from 'fast-check';
import { inParts } from '../../src/text/characters.ts';
import { minimal } from '../../src/text/text-change.ts';

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
});
