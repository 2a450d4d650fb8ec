import fc from 'fast-check';
import type { Token, Tokens } from 'marked';
import { MarkdownBlocks } from '../../src/web/markdown/blocks.ts';
import { directionOf } from '../../src/web/markdown/direction.ts';
import { decodeEntities } from '../../src/web/markdown/entities.ts';
import { safeAddress } from '../../src/web/markdown/links.ts';
import { shownEscape } from '../../src/web/markdown/math.ts';
import { leastCpuOf } from '../support/cpu-time.ts';

/** In µs. Each of these texts takes a second or two; what is not read in proportion to its length takes minutes. */
const MOST_CPU = 60_000_000;

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
  ...['$$', '$', '\\[', '\\]', '\\(', '\\)', '\\begin{a}', '\\end{a}'],
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
    ['formulas', '\\[$$\\('.repeat(20_000)],
    ['formulas that end', '$$a$$ '.repeat(20_000)],
    ['prices', '$a '.repeat(50_000)],
  ])('[WEB-2] hostile nesting (%s) neither throws nor takes long', async (_name, text) => {
    const read = () => {
      const blocks = new MarkdownBlocks();
      const { settled, open } = blocks.push(text);
      expect([...settled, ...open].map(({ raw }) => raw).join('')).toBe(text);
      expect(blocks.push(' more').open).not.toHaveLength(0);
    };
    expect(await leastCpuOf(read, { times: 3, enough: MOST_CPU })).toBeLessThan(MOST_CPU);
  });
});

describe('long Markdown', () => {
  const OF = 128 * 1024;

  it.each([
    ['headings under lines', 'a\n# h\n'],
    ['quotes with lines that continue them', '> a\nb\n'],
    ['items', '- a\n'],
    ['lines that continue an item', `- a\n${'b\n'.repeat(10_000)}`],
    [
      'tables with a wide head over short rows',
      `${'|a'.repeat(300)}|\n${'|-'.repeat(300)}|\n${'1\n'.repeat(10_000)}`,
    ],
    ['one line', 'word '],
    ['lists in quotes in lists', '> - > - > - a\n'],
    ['definitions', '[a]: b\n'],
  ])('[WEB-2] %s: what is read at once is bounded, and nothing is lost', async (_name, unit) => {
    const text = unit.repeat(OF / unit.length + 1).slice(0, OF);
    const read = () => {
      const blocks = new MarkdownBlocks();
      const letters: string[] = [];
      for (let from = 0; from < text.length; from += 4_096) {
        const { settled, open } = blocks.push(text.slice(from, from + 4_096), from + 4_096 >= text.length);
        letters.push(...settled.map(({ raw }) => raw));
        expect(open.reduce((sum, { raw }) => sum + raw.length, 0)).toBeLessThan(32 * 1024);
        if (from + 4_096 >= text.length) letters.push(...open.map(({ raw }) => raw));
      }
      expect(letters.join('').length).toBeGreaterThanOrEqual(text.trimEnd().length);
    };
    expect(await leastCpuOf(read, { times: 3, enough: MOST_CPU })).toBeLessThan(MOST_CPU);
  });

  it('[WEB-2] a table that is drawn in parts has its head on each of them, and all of its rows', () => {
    const rows = Array.from({ length: 2_000 }, (_, index) => `| ${index} | some words |`);
    const tables = blocksOf(['| n | what |', '|---|---|', ...rows].join('\n')) as Tokens.Table[];
    expect(tables.length).toBeGreaterThan(1);
    expect(new Set(tables.map(({ header }) => header?.map(({ text }) => text).join()))).toEqual(
      new Set(['n,what']),
    );
    expect(tables.flatMap((table) => table.rows.map(([first]) => Number(first?.text)))).toEqual(
      rows.map((_, index) => index),
    );
  });

  it('[WEB-2] a list that is drawn in parts goes on counting; a long code block stays one', () => {
    const items = Array.from({ length: 2_000 }, (_, index) => `${index + 1}. item\n      - inner\n`).join('');
    const lists = blocksOf(items) as Tokens.List[];
    expect(lists.flatMap((list) => list.items)).toHaveLength(2_000);
    let next = 1;
    for (const list of lists) {
      expect(list.start).toBe(next);
      next += list.items.length;
    }
    const code = 'line of code\n'.repeat(5_000);
    for (const end of ['', '\n', '\nText.\n', '\n\n- a\n']) {
      const [first, ...rest] = blocksOf(`\`\`\`js\n${code}\`\`\`${end}`).filter(
        ({ type }) => type !== 'space',
      );
      expect(first).toMatchObject({ type: 'code', text: code.trimEnd() });
      expect(rest).toHaveLength(/\w/.test(end) ? 1 : 0);
    }
  });

  it('[WEB-2] a text of megabytes is plain from where it is too long for Markdown', async () => {
    let blocks: Token[] = [];
    const read = () => {
      blocks = blocksOf('*a* paragraph\n\n'.repeat(300_000));
    };
    expect(await leastCpuOf(read, { times: 3, enough: MOST_CPU })).toBeLessThan(MOST_CPU);
    expect(blocks[0]).toMatchObject({ type: 'paragraph' });
    expect(blocks.at(-1)).toMatchObject({ type: 'html' });
    expect(blocks.map(({ raw }) => raw).join('')).toBe('*a* paragraph\n\n'.repeat(300_000));
  });
});

describe('formulas', () => {
  const read = (text: string) => blocksOf(text).filter(({ type }) => type !== 'space');
  /** What is shown of a text, formulas in braces of their own. */
  const shown = (token: Token): string => {
    if (token.type === 'math' || token.type === 'mathBlock') return `⟪${token.text}⟫`;
    if (token.type === 'escape') return shownEscape(token as Tokens.Escape);
    const { tokens, items } = token as Tokens.Generic;
    return (items ?? tokens)?.map(shown).join('') ?? ('text' in token ? token.text : '');
  };
  const shownOf = (text: string) => read(text).map(shown).join('¶');

  it.each([
    String.raw`\(a^2 + b^2\)`,
    String.raw`\[ x_1 \, y_2 \\ z*w*v \]`,
    String.raw`$$ \frac{a}{b} \; \% \{c\} $$`,
    String.raw`\begin{pmatrix} a & b \\ c & d \end{pmatrix}`,
    String.raw`\begin{align*} a &= b \\ c &= d \end{align*}`,
    '$x_1*y*z$',
    String.raw`$\{a\}$`,
    '$$a &amp; b$$',
  ])('[WEB-2] %s is shown as it was written, in a line and on lines of its own', (formula) => {
    expect(shownOf(formula)).toBe(`⟪${formula}⟫`);
    expect(shownOf(`See ${formula} here, *please*.`)).toBe(`See ⟪${formula}⟫ here, please.`);
    expect(shownOf(`- See ${formula} here.`)).toBe(`See ⟪${formula}⟫ here.`);
  });

  it('[WEB-2] lines of a formula are no list, no heading and no code', () => {
    const formula = '\\[\n- a\n+ b \\\\\n    = c\n===\n\\]';
    expect(shownOf(`Look:\n${formula}\nThat is *it*.`)).toBe(`Look:¶⟪${formula}⟫¶That is it.`);
  });

  it.each([
    [String.raw`half of one: \( a_1 \, b \\ c`, String.raw`half of one: ⟪\(⟫ a_1 \, b \\ c`],
    [String.raw`\begin{pmatrix} a & b \\ c & d`, String.raw`⟪\begin{pmatrix} a & b \\ c & d⟫`],
    [String.raw`without one: a \\ b \, c \% d \{e\}`, String.raw`without one: a \\ b \, c \% d \{e\}`],
    [String.raw`\\server\share and C:\\x`, String.raw`\\server\share and C:\\x`],
  ])('[WEB-2] no backslash is lost in %s', (text, expected) => {
    expect(shownOf(text)).toBe(expected);
  });

  it.each([
    ['It costs $5 and $10, or *US*$20.', 'It costs $5 and $10, or US$20.'],
    [String.raw`\*no emphasis\* \_ \# \$5`, '*no emphasis* _ # $5'],
    ['`\\(code\\)` and `$x$`', '\\(code\\) and $x$'],
    ['```\n\\[ code \\]\n```', '\\[ code \\]'],
  ])('[WEB-2] what is no formula is not taken for one: %s', (text, expected) => {
    expect(shownOf(text)).toBe(expected);
  });
});

describe('the direction of a block', () => {
  it.each([
    ['שלום world', 'rtl'],
    ['1. مرحبا', 'rtl'],
    ['`npm install` ואז', 'rtl'],
    ['Hello שלום', 'ltr'],
    ['123 …', 'ltr'],
    ['', 'ltr'],
    ['😀 𞤀', 'rtl'],
  ])('[WEB-4] %j is %s', (text, expected) => {
    expect(directionOf(text)).toBe(expected);
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

function blocksOf(text: string): Token[] {
  const { settled, open } = new MarkdownBlocks().push(text, true);
  return [...settled, ...open];
}

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
