import fc from 'fast-check';
import { type AnswerListener, AnswerReader } from '../../src/editing/answer-reader.ts';
import { costGrowth, MOST_GROWTH } from '../support/cpu-time.ts';

/** What a listener hears, as lines of a protocol. */
class Heard implements AnswerListener {
  readonly all: string[] = [];
  text = '';
  prose(text: string, offset: number): void {
    expect(this.answer.slice(offset, offset + text.length)).toBe(text);
    const last = this.all.at(-1);
    if (last?.startsWith('prose ')) this.all[this.all.length - 1] = last + text;
    else this.all.push(`prose ${text}`);
  }
  constructor(private readonly answer: string) {}
  isFileName(name: string): boolean {
    return name.includes('.') && !name.endsWith(':');
  }
  open(name: string): void {
    this.all.push(`open ${name}`);
  }
  line(text: string): void {
    this.all.push(`line ${text}`);
  }
  async close(empty: boolean, from: number, to: number): Promise<void> {
    expect(this.answer.slice(from, to)).toMatch(/^ {0,3}(```|~~~)[\s\S]*(```|~~~) *\r?\n?$/);
    this.all.push(empty ? 'empty' : 'close');
  }
  async unclosed(): Promise<void> {
    this.all.push('unclosed');
  }
}

it('[RUN-12] hands a line on that never ends when it is longer than a file may be, and counts on from there', async () => {
  const answer = `**a.js**\n\`\`\`\n${'x'.repeat(1_000)}\n\`\`\`\nBye`;
  const listener = new Heard(answer);
  const reader = new AnswerReader(listener, 100);
  const start = answer.indexOf('x');
  await reader.push(answer.slice(0, start));
  for (let at = start; at < start + 1_000; at += 60)
    await reader.push(answer.slice(at, Math.min(at + 60, start + 1_000)));
  const lines = listener.all.filter((said) => said.startsWith('line '));
  expect(lines.length).toBeGreaterThanOrEqual(8);
  expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual('line '.length + 160);
  await reader.push(answer.slice(start + 1_000));
  await reader.end(true);
  expect(listener.all.at(-1)).toBe('prose Bye');
});

async function heard(
  answer: string,
  pieces: readonly string[] = [answer],
  complete = true,
): Promise<string[]> {
  const listener = new Heard(answer);
  const reader = new AnswerReader(listener);
  for (const piece of pieces) await reader.push(piece);
  await reader.end(complete);
  return listener.all;
}

const CASES: Array<[string, string, string[]]> = [
  ['a file', 'Hi\n**a.js**\n```js\n1\n```\nBye', ['prose Hi\n', 'open a.js', 'line 1', 'close', 'prose Bye']],
  ['a file below an empty line', '**a.js**\n\n```\n1\n```', ['open a.js', 'line 1', 'close']],
  ['a remark beside the name', '**a.js** (new):\n```\n1\n```', ['open a.js', 'line 1', 'close']],
  ['parentheses in a name', '**a (1).js**\n```\n1\n```', ['open a (1).js', 'line 1', 'close']],
  ['an empty block', '**a.js**\n```\n\n```\n', ['open a.js', 'line ', 'empty']],
  ['a name without a block', '**a.js**\nis fine', ['prose **a.js**\nis fine']],
  ['a name at the end', '**a.js**\n\n', ['prose **a.js**\n\n']],
  [
    'two names, one block',
    '**a.js**\n**b.js**\n```\n1\n```',
    ['prose **a.js**\n', 'open b.js', 'line 1', 'close'],
  ],
  [
    'a second block below one name',
    '**a.js**\n```\n1\n```\n```\n2\n```\n',
    ['open a.js', 'line 1', 'close', 'prose ```\n2\n```\n'],
  ],
  ['a block without a name', '```\n**a.js**\n```\n', ['prose ```\n**a.js**\n```\n']],
  ['tildes', '**a.md**\n~~~\n```js\n~~~', ['open a.md', 'line ```js', 'close']],
  [
    'a longer fence',
    '**a.md**\n````md\n```\n1\n```\n````\n',
    ['open a.md', 'line ```', 'line 1', 'line ```', 'close'],
  ],
  [
    'a block in a block',
    '**a.md**\n```md\n```sh\nls\n```\nend\n```\n',
    ['open a.md', 'line ```sh', 'line ls', 'line ```', 'line end', 'close'],
  ],
  ['an indented fence', '**a.py**\n```\n    ```\n```\n', ['open a.py', 'line     ```', 'close']],
  [
    'a fence with words after it',
    '**a.md**\n```\n``` no end\n```\n```\n',
    ['open a.md', 'line ``` no end', 'line ```', 'close'],
  ],
  [
    'other line ends',
    '**a.js**\r\n```\r\n1\r\n```\r\nBye\r\n',
    ['open a.js', 'line 1', 'close', 'prose Bye\r\n'],
  ],
  ['no end', '**a.js**\n```\n1\n2', ['open a.js', 'line 1', 'line 2', 'unclosed']],
  ['a mask', '**a.js**\n```\n|```\n```\n', ['open a.js', 'line |```', 'close']],
];

describe('an answer is read', () => {
  it.each(CASES)('[EDIT-3] with %s', async (_what, answer, expected) => {
    expect(await heard(answer)).toEqual(expected);
  });

  it('[EDIT-3] the same however it is cut', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...CASES),
        fc.array(fc.nat(60)),
        async ([, answer, expected], cuts) => {
          const places = [...new Set(cuts.map((cut) => cut % (answer.length + 1)))].sort(
            (one, other) => one - other,
          );
          const pieces = [0, ...places].map((from, index, all) => answer.slice(from, all[index + 1]));
          expect(await heard(answer, pieces)).toEqual(expected);
        },
      ),
      { numRuns: 500 },
    );
  });

  it('[EDIT-3] prose is said before its line ends', async () => {
    const listener = new Heard('Hello there, *people*');
    const reader = new AnswerReader(listener);
    await reader.push('Hello there');
    expect(listener.all).toEqual(['prose Hello there']);
    await reader.push(', *people*');
    expect(listener.all).toEqual(['prose Hello there, *people*']);
  });

  it('[EDIT-4] a line that was cut off in a file is not said, a fence is', async () => {
    expect(await heard('**a.js**\n```\n1\n2', undefined, false)).toEqual(['open a.js', 'line 1', 'unclosed']);
    expect(await heard('**a.js**\n```\n1\n```', undefined, false)).toEqual(['open a.js', 'line 1', 'close']);
  });

  it('[EDIT-2] in a time that its length decides, also when it has no lines', async () => {
    const read = async (pieces: number) => {
      const listener = new Heard('');
      listener.prose = () => {};
      const reader = new AnswerReader(listener);
      await reader.push('**a.js**\n```\n');
      for (let index = 0; index < pieces; index += 1) await reader.push('abcde');
      await reader.end(true);
      expect(listener.all.at(-2)).toHaveLength('line '.length + 5 * pieces);
    };
    expect(await costGrowth(read, 25_000)).toBeLessThan(MOST_GROWTH);
  });
});
