import fc from 'fast-check';
import { cut, storable, TextGate } from '../../src/runs/text.ts';

describe('what may enter a log', () => {
  it('[SSE-2] any text, split anywhere, comes out as one storable text of the same length', () => {
    const anyText = fc.string({ unit: 'binary' }).map((text) => text + '\ud83d\ude00'.slice(0, 1));
    fc.assert(
      fc.property(anyText, fc.array(fc.nat(30)), (text, cuts) => {
        const gate = new TextGate();
        let out = '';
        let at = 0;
        for (const length of cuts) {
          const piece = gate.push(text.slice(at, at + length));
          expect(piece.isWellFormed()).toBe(true);
          out += piece;
          at += length;
        }
        out += gate.push(text.slice(at)) + gate.end();
        expect(out).toBe(text.toWellFormed().replaceAll('\0', '\ufffd'));
        expect(out.length).toBe(text.length);
      }),
      { numRuns: 1000 },
    );
  });

  it('[SSE-2] half an emoji waits for its other half', () => {
    const gate = new TextGate();
    expect(gate.push('a\ud83d')).toBe('a');
    expect(gate.push('\ude00b')).toBe('\ud83d\ude00b');
    expect(gate.push('\ud83d')).toBe('');
    expect(gate.end()).toBe('\ufffd');
  });

  it('[SSE-2] NUL and lone surrogates become U+FFFD', () => {
    expect(storable('a\0b\udc00c')).toBe('a\ufffdb\ufffdc');
  });

  it('[RUN-12] a cut never leaves half a character', () => {
    expect(cut('ab\ud83d\ude00', 3)).toBe('ab');
    expect(cut('ab\ud83d\ude00', 4)).toBe('ab\ud83d\ude00');
  });
});
