import { StreamingMarkdownParser } from 'llm-code-format';

/** Who hears what an answer says, in its order. Offsets are those of the answer. */
export interface AnswerListener {
  /** Text for people to read, as it comes. */
  prose(text: string, offset: number): void;
  /** Whether a name is that of a file; what else is bold above a block of code is prose. */
  isFileName(name: string): boolean;
  /** The block of a file begins. */
  open(name: string): void;
  /** A line of it, without its end. */
  line(text: string): void;
  /** The block has ended. `empty`: nothing was in it. */
  close(empty: boolean, from: number, to: number): Promise<void>;
  /** The answer has ended before the block did. */
  unclosed(from: number, to: number): Promise<void>;
}

/** Longer lines are neither names of files nor fences. */
const MOST_CHARS = 1_000;

const FENCE = /^ {0,3}(`{3,}|~{3,})[ \t]*(.*?)[ \t]*$/;

/** Nothing beside the name but a remark in parentheses. */
const HEADER = /^\s*\*\*([^\n*`]+?)\*\*\s*(?:\([^)]*\))?\s*:?\s*$/;

/** Before a line of code that the parser would take for a fence. */
const MASK = '|';

interface Fence {
  mark: string;
  info: string;
}

interface Held {
  text: string;
  offset: number;
}

/**
 * Reads an answer while it streams: prose, and a block of code for each file, under its name in bold.
 *
 * The names, the lines and the empty blocks are what llm-code-format says they are. Where a block begins and ends is decided
 * here, by CommonMark's rules, because that parser takes every line for a fence that begins with three backticks: a block
 * ends with a fence of its own kind that is at least as long as its first and says nothing else; one that names a language
 * begins a block inside it. And its name stands for one block, the next one below it.
 */
export class AnswerReader {
  readonly #listener: AnswerListener;
  readonly #parser: StreamingMarkdownParser;
  readonly #mostChars: number;
  /** Of the line that has not ended yet. */
  #parts: string[] = [];
  #partsLength = 0;
  /** The answer's offset where that line begins. */
  #lineAt = 0;
  /** What came of this line was prose, so the rest of it is. */
  #isProse = false;
  /** A name, and empty lines below it: a file's if a block follows. */
  #held: Held[] = [];
  #name: string | null = null;
  /** The block of a file that is open. */
  #file: { fence: Fence; inside: number; from: number } | null = null;
  /** A block of no file that is open. */
  #block: Fence | null = null;
  #isEmpty = false;
  #isMasked = false;

  /** `mostChars`: units of a line in a file that are held until it ends; a longer one is handed on in parts, as lines. */
  constructor(listener: AnswerListener, mostChars = Number.POSITIVE_INFINITY) {
    this.#listener = listener;
    this.#mostChars = mostChars;
    this.#parser = new StreamingMarkdownParser({
      onFileNameChange: async (name) => {
        this.#name = name;
      },
      onCodeLine: async (line) => listener.line(this.#isMasked ? line.slice(MASK.length) : line),
      onFileDelete: async () => {
        this.#isEmpty = true;
      },
    });
  }

  /** Takes the next piece, cut anywhere. Calls must not overlap. */
  async push(text: string): Promise<void> {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const line = this.#joined(text.slice(from, end));
      await this.#end(line, '\n');
      from = end + 1;
    }
    if (from === text.length) return;
    this.#parts.push(text.slice(from));
    this.#partsLength += text.length - from;
    if (this.#file && this.#partsLength > this.#mostChars) this.#handOn();
    else this.#sayWhatIsProse();
  }

  /** What no file can have need not be waited for: who counts how much there is has to hear of it. */
  #handOn(): void {
    const text = this.#joined('');
    this.#listener.line(text);
    this.#lineAt += text.length;
  }

  /** Nothing follows. `complete`: the last line is what it was meant to be, though it has no end. */
  async end(complete: boolean): Promise<void> {
    const line = this.#joined('');
    if (line !== '' && (complete || !this.#file || this.#closes(line))) await this.#end(line, '');
    this.#release();
    if (!this.#file) return;
    const { from } = this.#file;
    this.#file = null;
    await this.#listener.unclosed(from, this.#lineAt);
  }

  #joined(last: string): string {
    const line = this.#parts.join('') + last;
    this.#parts = [];
    this.#partsLength = 0;
    return line;
  }

  async #end(line: string, end: '\n' | ''): Promise<void> {
    const at = this.#lineAt;
    if (this.#isProse) {
      this.#listener.prose(line + end, at);
    } else {
      const isDos = line.endsWith('\r');
      await this.#line(isDos ? line.slice(0, -1) : line, isDos ? `\r${end}` : end);
    }
    this.#isProse = false;
    this.#lineAt = at + line.length + end.length;
  }

  async #line(line: string, end: string): Promise<void> {
    const raw = { text: line + end, offset: this.#lineAt };
    if (this.#file) {
      await this.#code(line, raw.offset + raw.text.length);
      return;
    }
    const fence = fenceOf(line);
    if (this.#block) {
      if (fence && closes(fence, this.#block)) this.#block = null;
      this.#prose(raw);
    } else if (fence && this.#name !== null) {
      const name = this.#name;
      this.#held = [];
      this.#name = null;
      this.#isEmpty = false;
      this.#file = { fence, inside: 0, from: raw.offset };
      await this.#parser.processChunk('```\n');
      this.#listener.open(name);
    } else if (this.#name !== null && line.trim() === '') {
      this.#held.push(raw);
    } else {
      this.#release();
      if (fence) this.#block = fence;
      if (fence || !(await this.#isName(line))) this.#prose(raw);
      else this.#held.push(raw);
    }
  }

  async #isName(line: string): Promise<boolean> {
    const header = line.length <= MOST_CHARS ? HEADER.exec(line) : null;
    if (!header) return false;
    await this.#parser.processChunk(`${line}\n`);
    // The parser takes what stands in parentheses for a remark, which it may be or not.
    const written = header[1]?.trim() ?? '';
    const name = [written, this.#name].find((each) => each && this.#listener.isFileName(each));
    this.#name = name ?? null;
    return name !== undefined;
  }

  async #code(line: string, after: number): Promise<void> {
    const file = this.#file;
    if (!file) return;
    if (this.#closes(line)) {
      this.#file = null;
      await this.#parser.processChunk('```\n');
      await this.#listener.close(this.#isEmpty, file.from, after);
      return;
    }
    const fence = fenceOf(line);
    if (fence && isAsStrong(fence, file.fence)) file.inside += fence.info === '' ? -1 : 1;
    this.#isMasked = line.trimStart().startsWith('```');
    await this.#parser.processChunk(`${this.#isMasked ? MASK : ''}${line}\n`);
  }

  #closes(line: string): boolean {
    const fence = fenceOf(line);
    return (
      this.#file !== null && fence !== null && this.#file.inside === 0 && closes(fence, this.#file.fence)
    );
  }

  /** What was taken for the name of a file was not. */
  #release(): void {
    for (const held of this.#held) this.#prose(held);
    this.#held = [];
    this.#name = null;
  }

  #prose({ text, offset }: Held): void {
    this.#listener.prose(text, offset);
  }

  /** People need not wait for the end of a line that can be nothing but prose. */
  #sayWhatIsProse(): void {
    if (this.#file) return;
    if (!this.#isProse) {
      const start = this.#partsLength <= MOST_CHARS ? this.#parts.join('').trimStart() : 'x';
      if (start === '' || /^(?:[`~]|\*$|\*\*)/.test(start)) return;
      this.#release();
    }
    this.#isProse = true;
    const text = this.#joined('');
    this.#listener.prose(text, this.#lineAt);
    this.#lineAt += text.length;
  }
}

function fenceOf(line: string): Fence | null {
  const [, mark, info = ''] = (line.length <= MOST_CHARS && FENCE.exec(line)) || [];
  if (mark === undefined || (mark.startsWith('`') && info.includes('`'))) return null;
  return { mark, info };
}

function isAsStrong(fence: Fence, first: Fence): boolean {
  return fence.mark.startsWith(first.mark.charAt(0)) && fence.mark.length >= first.mark.length;
}

function closes(fence: Fence, first: Fence): boolean {
  return fence.info === '' && isAsStrong(fence, first);
}
