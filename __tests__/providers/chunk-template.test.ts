import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { binary } from '../../src/providers/reading/binary.ts';
import { ChunkTemplate } from '../../src/providers/reading/chunk-template.ts';

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

describe('extracting text from chunks without parsing them', () => {
  it('extracts any text from similar chunks exactly as a parser would', () => {
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

  it('reads bytes that are exactly one event, and no others', () => {
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

  it('never mistakes another object for a known one', () => {
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

  it('[RUN-7] a stored token does not keep its chunk in memory', () => {
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

  it('learns nothing from a text elsewhere in the chunk', () => {
    const template = new ChunkTemplate(contentOf);
    const json = '{"note":{"content":"hi"},"choices":[{"delta":{"content":"\\u0068i"}}]}';
    template.learn(json, 'hi');
    expect(template.read(json)).toBeUndefined();
  });
});
