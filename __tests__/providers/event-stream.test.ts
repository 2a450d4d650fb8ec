import { jest } from '@jest/globals';
import fc from 'fast-check';
import { ProviderError } from '../../src/errors.ts';
import { utf8 } from '../../src/providers/reading/binary.ts';
import { EventStream } from '../../src/providers/reading/event-stream.ts';

interface StreamEvent {
  name: string;
  data: string;
}

/** WHATWG HTML, "Interpreting an event stream", word by word and without any thought of speed. */
function interpreted(stream: string): StreamEvent[] {
  const events: StreamEvent[] = [];
  let data = '';
  let name = '';
  const dispatch = () => {
    if (data !== '') events.push({ name, data: data.replace(/\n$/, '') });
    data = '';
    name = '';
  };
  const lines = stream.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  for (const line of lines) {
    if (line === '') dispatch();
    if (line === '' || line.startsWith(':')) continue;
    const colon = line.indexOf(':');
    const field = colon === -1 ? line : line.slice(0, colon);
    const value = colon === -1 ? '' : line.slice(colon + 1).replace(/^ /, '');
    if (field === 'data') data += `${value}\n`;
    if (field === 'event') name = value;
  }
  // Wider than the rules: the end of the stream ends its last event.
  dispatch();
  return events;
}

function eventsOf(pieces: readonly Buffer[]): StreamEvent[] {
  const events: StreamEvent[] = [];
  const stream = new EventStream((data, name) => events.push({ name: utf8(name), data: utf8(data) }));
  for (const piece of pieces) stream.push(piece);
  stream.end();
  return events;
}

function cut(bytes: Buffer, lengths: readonly number[]): Buffer[] {
  const pieces: Buffer[] = [];
  let at = 0;
  for (const length of lengths) {
    pieces.push(bytes.subarray(at, at + length));
    at += length;
  }
  return [...pieces, bytes.subarray(at)];
}

const lineEnd = fc.constantFrom('\n', '\r', '\r\n');
const field = fc.constantFrom(
  'data: {"a": 1}',
  'data:x',
  'data:  two spaces',
  'data',
  'data:',
  'data: ünï 👩‍🚀',
  'datax: not data',
  'dat',
  ' data: not data',
  'event: ping',
  'event:message',
  'event',
  'events: none',
  'id: 7',
  'id',
  'retry: 3000',
  ': a comment',
  ':',
  'unknown: field',
  'a line without a colon',
  '',
  '',
);

describe('an event stream', () => {
  it('[SSE-2] is parsed as WHATWG specifies, in all allowed forms, however its bytes are split', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(field, lineEnd)),
        fc.constantFrom('', '\ufeff'),
        fc.constantFrom('', 'data: cut off', 'event: x'),
        fc.array(fc.nat(12)),
        (lines, mark, last, lengths) => {
          const text = mark + lines.map(([line, end]) => line + end).join('') + last;
          expect(eventsOf(cut(Buffer.from(text), lengths))).toEqual(interpreted(text));
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('[SSE-4] emits an event at the CR that ends it, without waiting for more data', () => {
    const seen: string[] = [];
    const stream = new EventStream((data) => seen.push(data));
    stream.push(Buffer.from('data: one\r\r'));
    expect(seen).toEqual(['one']);
    stream.push(Buffer.from('\ndata: two\r\n\r'));
    expect(seen).toEqual(['one', 'two']);
    stream.push(Buffer.from('\n\r\n'));
    expect(seen).toEqual(['one', 'two']);
  });

  const MEGABYTE = 1024 * 1024;
  /** One event of so many bytes, in pieces. */
  const longEvent = (bytes: number, piece: number) => () => {
    let length = 0;
    const stream = new EventStream((data) => {
      length = data.length;
    });
    stream.push(Buffer.from('data: '));
    const part = Buffer.alloc(piece, 'a');
    for (let sent = 0; sent < bytes; sent += piece) stream.push(part);
    stream.push(Buffer.from('\n\n'));
    expect(length).toBe(bytes);
  };

  it.each([16 * 1024, 64])(
    '[LIMIT-2] takes memory in proportion to the length of its events, not to the square (pieces of %i)',
    (piece) => {
      const allocate = jest.spyOn(Buffer, 'allocUnsafe');
      longEvent(8 * MEGABYTE, piece)();
      const bytes = allocate.mock.calls.reduce((sum, [size]) => sum + size, 0);
      allocate.mockRestore();
      // Doubled when it is full: all of them together are less than four times the last one's contents.
      expect(bytes).toBeGreaterThan(8 * MEGABYTE);
      expect(bytes).toBeLessThan(4 * 8 * MEGABYTE);
    },
  );

  it.each<[what: string, line: string]>([
    ['a line without an end', 'a'.repeat(MEGABYTE)],
    ['empty lines of data', 'data:\n'.repeat(MEGABYTE / 6)],
    ['lines of data', `${`data: ${'a'.repeat(1000)}\n`.repeat(1000)}`],
    ['a comment without an end', `:${'a'.repeat(MEGABYTE)}`],
  ])('[LIMIT-2] [PROV-6] is refused when an event has no bound: %s', (_what, text) => {
    const stream = new EventStream(() => {});
    const bytes = Buffer.from(text);
    const before = process.memoryUsage().rss;
    let refused: unknown;
    for (let count = 0; count < 20 && !refused; count += 1) {
      try {
        stream.push(bytes);
      } catch (error) {
        refused = error;
      }
    }
    expect(refused).toBeInstanceOf(ProviderError);
    expect(refused).toMatchObject({ code: 'provider_protocol_error' });
    expect(process.memoryUsage().rss - before).toBeLessThan(300 * MEGABYTE);
  });

  it('[LIMIT-2] may have unlimited comments', () => {
    const stream = new EventStream(() => {});
    const comments = Buffer.from(': keep-alive\n'.repeat(80_000));
    for (let count = 0; count < 20; count += 1) stream.push(comments);
  });
});
