import fc from 'fast-check';
import type { Token } from 'marked';
import { MarkdownBlocks } from '../src/web/markdown/blocks.ts';
import { decodeEntities } from '../src/web/markdown/entities.ts';
import { safeAddress } from '../src/web/markdown/links.ts';

/** Everything that a list of blocks can be confused by, in small pieces. */
const PIECES = [
  ...['a', 'word ', '\n', '\n\n', '    ', '  ', '- ', '* ', '1. ', '2', '. ', '> ', '# ', '---\n', '===\n'],
  ...['```', '```js\n', '~~~\n', '`', '**', '_', '[x](http://a.b)', '![i](u)', '<b>', '</b>', '<!--', '-->'],
  ...[
    '|a|b|\n|-|-|\n',
    '|1|2|\n',
    '- [ ] ',
    '\\',
    '&amp;',
    '\r\n',
    '\t',
    'https://e.f ',
    '<div>\n',
    '<script>',
  ],
];

const markdown = fc.array(fc.constantFrom(...PIECES), { maxLength: 60 }).map((pieces) => pieces.join(''));

describe('Markdown that grows', () => {
  it('[WEB-2] however it was split, the blocks are those of the whole text', () => {
    const cuts = fc.array(fc.nat({ max: 200 }), { maxLength: 40 });
    fc.assert(
      fc.property(markdown, cuts, (text, at) => {
        expect(inPieces(text, at)).toEqual(inPieces(text, []));
      }),
      { numRuns: 1_000 },
    );
  });

  it('[WEB-2] token by token, the blocks are those of the whole text', () => {
    fc.assert(
      fc.property(markdown, (text) => {
        const everywhere = Array.from(text, (_, index) => index);
        expect(inPieces(text, everywhere)).toEqual(inPieces(text, []));
      }),
      { numRuns: 300 },
    );
  });

  it('[WEB-2] reads a settled block once: what a token costs does not depend on what came long before', () => {
    const blocks = new MarkdownBlocks();
    const paragraph = 'Some *emphasis* and `code` in a paragraph.\n\n';
    let settled = 0;
    for (let index = 0; index < 5_000; index += 1) {
      const { settled: now, open } = blocks.push(paragraph);
      settled += now.filter(({ type }) => type !== 'space').length;
      expect(open.reduce((sum, { raw }) => sum + raw.length, 0)).toBeLessThan(3 * paragraph.length);
    }
    expect(settled).toBeGreaterThan(4_990);
  });

  it('[WEB-2] shows an unclosed code block as code, without half of its closing fence', () => {
    const blocks = new MarkdownBlocks();
    const shown = (text: string) => visible(blocks.push(text).open);
    expect(shown('```ts\nconst a = 1;')).toEqual([{ type: 'code', lang: 'ts', text: 'const a = 1;' }]);
    expect(shown('\n``')).toEqual([{ type: 'code', lang: 'ts', text: 'const a = 1;' }]);
    expect(shown('`\n')).toEqual([{ type: 'code', lang: 'ts', text: 'const a = 1;' }]);
  });

  it.each([
    ['quotes', '>'.repeat(50_000)],
    ['brackets', '['.repeat(100_000)],
    ['emphasis', '_a'.repeat(100_000)],
    ['links', '![a]('.repeat(50_000)],
    ['tags', '<a '.repeat(50_000)],
    ['lists', '- '.repeat(50_000)],
  ])('[WEB-2] hostile nesting (%s) neither throws nor takes long', (_name, text) => {
    const started = performance.now();
    const blocks = new MarkdownBlocks();
    const { open } = blocks.push(text);
    expect(open.map(({ raw }) => raw).join('')).toBe(text);
    expect(blocks.push(' more').open).not.toHaveLength(0);
    expect(performance.now() - started).toBeLessThan(20_000);
  });
});

describe('what leaves a text', () => {
  it.each([
    'javascript:alert(1)',
    ' JaVaScRiPt:alert(1)',
    'java\nscript:alert(1)',
    '\u0001javascript:alert(1)',
    'data:text/html,<script>alert(1)</script>',
    'vbscript:x',
    'file:///etc/passwd',
    'blob:http://127.0.0.1/1',
    '//evil.example/x',
    '/api/chats',
    '#x',
    '',
  ])('[WEB-2] %j is no address to follow', (href) => {
    expect(safeAddress(href)).toBeNull();
  });

  it.each([
    ['https://example.com/a?b=c#d', 'https://example.com/a?b=c#d'],
    ['HTTP://EXAMPLE.com', 'http://example.com/'],
    ['mailto:a@example.com', 'mailto:a@example.com'],
  ])('[WEB-2] %j is one', (href, address) => {
    expect(safeAddress(href)).toBe(address);
  });

  it('[WEB-2] character references stand for their characters, unknown ones for themselves', () => {
    expect(decodeEntities('a &amp; b &#60; &#x3E; &mdash; &nosuch; &constructor; &#0; &#xD800; & ;')).toBe(
      'a & b < > — &nosuch; &constructor; \ufffd \ufffd & ;',
    );
  });
});

function inPieces(text: string, at: number[]): unknown[] {
  const blocks = new MarkdownBlocks();
  const cuts = [0, ...at.filter((cut) => cut < text.length).sort((a, b) => a - b)];
  const settled: Token[] = [];
  let open: Token[] = [];
  cuts.forEach((from, index) => {
    const result = blocks.push(text.slice(from, cuts[index + 1]), index === cuts.length - 1);
    settled.push(...result.settled);
    open = result.open;
  });
  return visible([...settled, ...open]);
}

/** What of the blocks is shown. */
function visible(tokens: readonly Token[]): unknown[] {
  return tokens.filter(({ type }) => type !== 'space').map(strip);
}

function strip(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(strip);
  if (typeof value !== 'object' || value === null) return value;
  const kept = Object.entries(value).filter(([key]) => key !== 'raw' && key !== 'codeBlockStyle');
  return Object.fromEntries(kept.map(([key, each]) => [key, strip(each)]));
}
