import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { binary, utf8 } from '../src/providers/binary.ts';
import { ChunkTemplate } from '../src/providers/chunk-template.ts';
import { EventData } from '../src/providers/event-data.ts';

interface Chunk {
  choices?: Array<{ delta?: { content?: string } }>;
}

const contentOf = (chunk: unknown) => (chunk as Chunk).choices?.[0]?.delta?.content;
const chunk = (content: string, id = 'x') =>
  JSON.stringify({
    choices: [
      { content_filter_results: { hate: { filtered: false } }, delta: { content }, finish_reason: null },
    ],
    id,
  });

describe('reading chunks without parsing them', () => {
  it('reads any text from chunks that are alike, exactly as a parser would', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ minLength: 1 }), (text, first) => {
        const template = new ChunkTemplate(contentOf);
        template.learn(binary(chunk(first)), first);
        const json = chunk(text);
        expect(template.read(binary(json))).toBe(contentOf(JSON.parse(json)));
      }),
      { numRuns: 1000 },
    );
  });

  it('reads an event that is all there is, and nothing that is more or less than that', () => {
    const event = (json: string) => Buffer.from(`data: ${json}\n\n`);
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.nat(), (text, at) => {
        const template = new ChunkTemplate(contentOf);
        const json = chunk(text);
        expect(template.readEvent(event(json))).toBeUndefined();
        template.learn(chunk('hello'), 'hello');
        const isPlain = JSON.stringify(text) === `"${text}"` && text.isWellFormed();
        expect(template.readEvent(event(json))).toBe(isPlain ? text : undefined);
        expect(template.readEvent(Buffer.concat([event(json), event(json)]))).toBeUndefined();
        const bytes = event(json);
        expect(template.readEvent(bytes.subarray(0, at % bytes.length))).toBeUndefined();
        expect(template.readEvent(event(chunk(text, 'y')))).toBeUndefined();
      }),
      {
        numRuns: 1000,
        examples: [
          ['a token, longer than others', 3],
          ['', 0],
          ['ünï 👩‍🚀', 1],
        ],
      },
    );
  });

  it('never takes another object for a known one', () => {
    const template = new ChunkTemplate(contentOf);
    template.learn(chunk('hello'), 'hello');
    const [prefix, suffix] = chunk('hello').split('hello') as [string, string];
    fc.assert(
      fc.property(fc.string(), (inside) => {
        const json = prefix + inside + suffix;
        let expected: unknown;
        try {
          expected = contentOf(JSON.parse(json));
        } catch {
          expected = undefined;
        }
        const read = template.read(json);
        if (read !== undefined) expect(read).toBe(expected);
      }),
      { numRuns: 1000 },
    );
    expect(template.read(`${prefix}a","role":"b${suffix}`)).toBeUndefined();
    expect(template.read(chunk('hello', 'y'))).toBeUndefined();
  });

  it('[RUN-7] a token that stays keeps nothing of the chunk that it came in', () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const template = new ChunkTemplate(contentOf);
    const clutter = 'x'.repeat(4096);
    template.learn(chunk('hello', clutter), 'hello');
    collectGarbage();
    const before = process.memoryUsage().heapUsed;
    const tokens = Array.from({ length: 5_000 }, (_, index) =>
      // As they come: slices of a longer text.
      template.read(`data: ${chunk(`a token, the ${index}th of them`, clutter)}`.slice('data: '.length)),
    );
    collectGarbage();
    const kept = process.memoryUsage().heapUsed - before;
    expect(tokens.at(-1)).toBe('a token, the 4999th of them');
    expect(kept).toBeLessThan(5_000 * 400);
  });

  it('learns nothing from a text that stands elsewhere in the chunk', () => {
    const template = new ChunkTemplate(contentOf);
    const json = '{"note":{"content":"hi"},"choices":[{"delta":{"content":"\\u0068i"}}]}';
    template.learn(json, 'hi');
    expect(template.read(json)).toBeUndefined();
  });
});

describe('the bytes of an event stream', () => {
  it('[SSE-2] give the same events however they are split, with LF and with CRLF', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ unit: 'grapheme' }).filter((text) => !/[\r\n]/.test(text))),
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.nat(10)),
        (texts, lineEnd, cuts) => {
          const bytes = Buffer.from(
            texts.map((text) => `: comment${lineEnd}data: ${text}${lineEnd}${lineEnd}`).join(''),
          );
          const seen: string[] = [];
          const data = new EventData((text) => seen.push(utf8(text)));
          let at = 0;
          for (const length of cuts) {
            data.push(bytes.subarray(at, at + length));
            at += length;
          }
          data.push(bytes.subarray(at));
          data.end();
          expect(seen).toEqual(texts);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('refuses an event without an end', () => {
    const data = new EventData(() => {});
    const megabyte = Buffer.alloc(1024 * 1024, 'a');
    expect(() => {
      for (let count = 0; count < 20; count += 1) data.push(megabyte);
    }).toThrow(RangeError);
  });
});
