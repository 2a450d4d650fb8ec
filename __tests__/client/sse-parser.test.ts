import fc from 'fast-check';
import { EventTooLongError, type SseMessage, SseParser } from '../../src/client/sse/parser.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);

/** The bytes in pieces; the cuts are anywhere, in the middle of characters too. */
function split(bytes: Uint8Array, cuts: readonly number[]): Uint8Array[] {
  const ends = [...cuts.map((cut) => cut % (bytes.length + 1)), bytes.length].sort((a, b) => a - b);
  return ends.map((end, index) => bytes.subarray(ends[index - 1] ?? 0, end));
}

function parse(pieces: readonly Uint8Array[]): SseMessage[] {
  const parser = new SseParser();
  return pieces.flatMap((piece) => parser.push(piece));
}

/** The standard's words, for a text that is there as a whole. */
function reference(text: string): SseMessage[] {
  const messages: SseMessage[] = [];
  let id = '';
  let event = '';
  let data: string[] = [];
  const lines = text.split(/\r\n|\r|\n/);
  for (const line of lines.slice(0, -1)) {
    const match = /^([^:]*):? ?(.*)$/s.exec(line);
    if (line === '') {
      if (data.length > 0) messages.push({ id, event: event || 'message', data: data.join('\n') });
      event = '';
      data = [];
    } else if (match?.[1] === 'data') data.push(match[2] ?? '');
    else if (match?.[1] === 'event') event = match[2] ?? '';
    else if (match?.[1] === 'id' && !match[2]?.includes('\0')) id = match[2] ?? '';
  }
  return messages;
}

const streams = fc
  .array(
    fc.oneof(
      { weight: 3, arbitrary: fc.constantFrom('\n', '\r\n', '\r', '\n\n', '\r\r', '\r\n\r\n') },
      {
        weight: 3,
        arbitrary: fc.constantFrom('data:', 'data: ', 'data', 'id: 7', 'id:', 'event: x', ': ping'),
      },
      {
        weight: 1,
        arbitrary: fc.constantFrom('retry: 5', 'data :', ' data:', '\ufeff', 'é😀', 'a\u2028b', 'id: \0'),
      },
      { weight: 1, arbitrary: fc.string({ unit: 'binary', maxLength: 5 }) },
    ),
  )
  .map((parts) => parts.join(''));

describe('the parser of event streams', () => {
  it('[CLIENT-3] gives the events of the standard, however the bytes are split', () => {
    fc.assert(
      fc.property(streams, fc.array(fc.nat()), (text, cuts) => {
        const bytes = bytesOf(text);
        // What UTF-8 cannot say (half a surrogate pair) did not enter the bytes.
        expect(parse(split(bytes, cuts))).toEqual(reference(new TextDecoder().decode(bytes)));
      }),
      { numRuns: 2000 },
    );
  });

  it('[CLIENT-3] gives the same events byte by byte', () => {
    const text =
      'id: a:1\r\ndata: {"x":"é😀"}\r\rdata: one\ndata:two\r\n\r\n: ping\n\nevent: e\ndata\n\ndata: unfinished\n';
    const events = [
      { id: 'a:1', event: 'message', data: '{"x":"é😀"}' },
      { id: 'a:1', event: 'message', data: 'one\ntwo' },
      { id: 'a:1', event: 'e', data: '' },
    ];
    const bytes = bytesOf(text);
    expect(parse([bytes])).toEqual(events);
    expect(parse(Array.from(bytes, (byte) => Uint8Array.of(byte)))).toEqual(events);
  });

  it('[CLIENT-3] two parsers share nothing', () => {
    const one = new SseParser();
    const other = new SseParser();
    expect(one.push(bytesOf('id: 1\ndata: a'))).toEqual([]);
    expect(other.push(bytesOf('data: b\n\n'))).toEqual([{ id: '', event: 'message', data: 'b' }]);
    expect(one.push(bytesOf('\n\n'))).toEqual([{ id: '1', event: 'message', data: 'a' }]);
  });

  it('[CLIENT-3] buffers no more than its limit, in one line or in many', () => {
    const line = new SseParser(10);
    expect(() => line.push(bytesOf('data: 12345'))).toThrow(EventTooLongError);
    const lines = new SseParser(10);
    lines.push(bytesOf('data:123\n'));
    lines.push(bytesOf('data:456\n'));
    expect(() => lines.push(bytesOf('data:789\n'))).toThrow(EventTooLongError);
    const events = new SseParser(10);
    for (let event = 0; event < 100; event += 1)
      expect(events.push(bytesOf('data:12345\n\n'))).toHaveLength(1);
  });
});
