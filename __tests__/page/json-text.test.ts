import fc from 'fast-check';
import { isJsonText, laidOut } from '../../src/web/structured/json-text.ts';

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
