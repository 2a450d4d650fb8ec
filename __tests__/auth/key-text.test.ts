import fc from 'fast-check';
import { createKeyText, hashOfKey, idOfKey, KEY_ID, looksLikeKey } from '../../src/auth/keys/key-text.ts';

const CHARACTERS = [...'0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'];

describe('[AUTH-3] the text of a key', () => {
  it('has an id, a secret of more than 192 random bits and a checksum, all of them letters and digits', () => {
    const { id, text } = createKeyText();
    const [, secret = ''] = /^lss_[0-9A-Za-z]{12}_([0-9A-Za-z]+)[0-9A-Za-z]{6}$/.exec(text) ?? [];
    expect(secret.length * Math.log2(CHARACTERS.length)).toBeGreaterThan(192);
    expect(text).toHaveLength(60);
    expect(id).toMatch(KEY_ID);
    expect(text.startsWith(`lss_${id}_`)).toBe(true);
    // A double click selects a run of word characters.
    expect(text).toMatch(/^\w+$/);
  });

  it('is read again, and never the same twice', () => {
    const keys = Array.from({ length: 1_000 }, createKeyText);
    expect(keys.map(({ text }) => idOfKey(text))).toEqual(keys.map(({ id }) => id));
    expect(new Set(keys.map(({ id }) => id)).size).toBe(keys.length);
    expect(new Set(keys.map(({ text }) => text.slice(17))).size).toBe(keys.length);
  });

  it('uses every character about equally often', () => {
    const counts = new Map(CHARACTERS.map((character) => [character, 0]));
    for (let key = 0; key < 2_000; key++) {
      for (const character of createKeyText().text.slice(17, 54))
        counts.set(character, (counts.get(character) ?? 0) + 1);
    }
    const expected = (2_000 * 37) / CHARACTERS.length;
    for (const [character, count] of counts) {
      // Ten standard deviations.
      expect([character, Math.abs(count - expected) < 10 * Math.sqrt(expected)]).toEqual([character, true]);
    }
  });

  it('is malformed when any character of it is another one', () => {
    fc.assert(
      fc.property(
        fc.nat(59),
        fc.constantFrom(...CHARACTERS, '_', '-', ' ', 'é', '\0'),
        (place, character) => {
          const { id, text } = createKeyText();
          const changed = `${text.slice(0, place)}${character}${text.slice(place + 1)}`;
          expect(idOfKey(changed)).toBe(changed === text ? id : null);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  it('is malformed when it is truncated, doubled, enormous, swapped in itself, or in white space', () => {
    const { text } = createKeyText();
    for (let length = 0; length < text.length; length++) expect(idOfKey(text.slice(0, length))).toBeNull();
    const bad = [`${text}${text}`, `${text}0`, ` ${text}`, `${text}\n`, `${text} `, text.toLowerCase()];
    bad.push(`lss_${'a'.repeat(1_000_000)}`, `lss_${text.slice(17)}_${text.slice(4, 16)}`, text.slice(4), '');
    for (const changed of bad)
      expect([changed.slice(0, 70), idOfKey(changed)]).toEqual([changed.slice(0, 70), null]);
  });

  it('is malformed for arbitrary texts, also for those that look like keys', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        expect(idOfKey(text)).toBeNull();
        expect(idOfKey(`lss_${text}`)).toBeNull();
        expect(looksLikeKey(`lss_${text}`)).toBe(true);
      }),
    );
    expect(looksLikeKey('eyJhbGciOiJSUzI1NiJ9.e30.x')).toBe(false);
  });

  it('has a checksum that GitHub would compute in the same way', () => {
    // CRC-32 of the text before it, in base 62, padded to six digits.
    const body = `lss_${'0'.repeat(12)}_${'0'.repeat(37)}`;
    const digits = crcInBase62(body);
    expect(idOfKey(`${body}${digits}`)).toBe('0'.repeat(12));
    expect(idOfKey(`${body}${digits.replace(/.$/, (last) => (last === 'a' ? 'b' : 'a'))}`)).toBeNull();
  });

  it('is stored as SHA-256', () => {
    expect(hashOfKey('lss_').toString('hex')).toBe(
      '41e7464956651219d21a2dc9d2c35a90a978df829cd867819bd1396c7fe6013b',
    );
  });
});

/** Bit by bit, as the polynomial is written. */
function crcInBase62(text: string): string {
  let crc = 0xffffffff;
  for (const byte of Buffer.from(text)) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  let rest = (crc ^ 0xffffffff) >>> 0;
  let digits = '';
  for (let place = 0; place < 6; place++) {
    digits = `${CHARACTERS[rest % 62]}${digits}`;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
