import { closes, type Fence, fenceOf, MAX_MARKUP_CHARS, matches } from './fence.ts';
import { FileBlockParser } from './file-block-parser.ts';
import { PartialLine } from './partial-line.ts';

/** Receives the parts of an answer, in order. Offsets are UTF-16 units of the answer. */
export interface AnswerListener {
  /** Text for people, as it arrives. */
  prose(text: string, offset: number): void;
  /** Whether a name is that of a file. Other bold text above a code block is prose. */
  isFileName(name: string): boolean;
  /** The block of a file begins. */
  open(name: string): void;
  /** A line of it, without its end. */
  line(text: string): void;
  /** The block has ended. `empty`: it had no lines. */
  close(empty: boolean, from: number, to: number): Promise<void>;
  /** The answer has ended before the block did. */
  unclosed(from: number, to: number): Promise<void>;
}

/** Text and its offset in the answer. */
interface Piece {
  text: string;
  offset: number;
}

/**
 * Reads an answer while it streams: prose, and one code block for each file, under its name in bold.
 *
 * Block boundaries follow CommonMark, because llm-code-format ends a block at every line that begins with three
 * backticks: a block ends with a fence of its own kind that is at least as long as its first and has no info string; a
 * fence with an info string begins a nested block. A name applies to one block, the next one below it.
 */
export class AnswerReader {
  readonly #listener: AnswerListener;
  readonly #parser: FileBlockParser;
  readonly #maxLineChars: number;
  readonly #partial = new PartialLine();
  /** Offset in the answer at which the line begins that has not ended yet. */
  #lineAt = 0;
  /** The beginning of that line was passed on as prose, so the rest is prose, too. */
  #isProse = false;
  /** The name of a file, if a block follows; else these lines (the name, and empty ones below it) are prose. */
  #header: { name: string; lines: Piece[] } | null = null;
  /** The open block of a file. `nested`: blocks that are open within it. */
  #file: { fence: Fence; nested: number; from: number } | null = null;
  /** An open block that belongs to no file. */
  #otherBlock: Fence | null = null;

  /**
   * `maxLineChars`: a line in a file is held until it ends; a longer one is passed on in parts, as if they were lines.
   */
  constructor(listener: AnswerListener, maxLineChars = Number.POSITIVE_INFINITY) {
    this.#listener = listener;
    this.#maxLineChars = maxLineChars;
    this.#parser = new FileBlockParser((line) => listener.line(line));
  }

  /** Takes the next piece, cut anywhere. Calls must not overlap. */
  async push(text: string): Promise<void> {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      await this.#endLine(this.#partial.take(text.slice(from, end)), '\n');
      from = end + 1;
    }
    if (from === text.length) return;
    this.#partial.add(text.slice(from));
    if (this.#file && this.#partial.length > this.#maxLineChars) this.#passOnLongLine();
    else this.#passOnProse();
  }

  /** The answer has ended. `complete`: its last line is whole, though it has no line end. */
  async end(complete: boolean): Promise<void> {
    const line = this.#partial.take();
    if (line !== '' && (complete || !this.#file || this.#isClosing(line))) await this.#endLine(line, '');
    this.#headerIsProse();
    if (!this.#file) return;
    const { from } = this.#file;
    this.#file = null;
    await this.#listener.unclosed(from, this.#lineAt);
  }

  /** No file can hold this line, so it need not be held until it ends; but its length counts. */
  #passOnLongLine(): void {
    const text = this.#partial.take();
    this.#listener.line(text);
    this.#lineAt += text.length;
  }

  /** Passes on what can only be prose, so that readers need not wait for the end of the line. */
  #passOnProse(): void {
    if (this.#file) return;
    if (!this.#isProse) {
      const start = this.#partial.length <= MAX_MARKUP_CHARS ? this.#partial.peek().trimStart() : 'x';
      if (start === '' || /^(?:[`~]|\*$|\*\*)/.test(start)) return;
      this.#headerIsProse();
    }
    this.#isProse = true;
    const text = this.#partial.take();
    this.#listener.prose(text, this.#lineAt);
    this.#lineAt += text.length;
  }

  async #endLine(line: string, end: '\n' | ''): Promise<void> {
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
    const piece = { text: line + end, offset: this.#lineAt };
    if (this.#file) {
      await this.#code(line, piece.offset + piece.text.length);
      return;
    }
    const fence = fenceOf(line);
    if (this.#otherBlock) {
      if (fence && closes(fence, this.#otherBlock)) this.#otherBlock = null;
      this.#prose(piece);
    } else if (fence && this.#header) {
      const { name } = this.#header;
      this.#header = null;
      this.#file = { fence, nested: 0, from: piece.offset };
      await this.#parser.open();
      this.#listener.open(name);
    } else if (this.#header && line.trim() === '') {
      this.#header.lines.push(piece);
    } else {
      this.#headerIsProse();
      if (fence) this.#otherBlock = fence;
      const name = fence ? undefined : await this.#fileNameIn(line);
      if (name === undefined) this.#prose(piece);
      else this.#header = { name, lines: [piece] };
    }
  }

  async #fileNameIn(line: string): Promise<string | undefined> {
    const names = await this.#parser.namesIn(line);
    return names.find((name) => name !== '' && this.#listener.isFileName(name));
  }

  /** A line within the block of a file. `after`: the offset behind it. */
  async #code(line: string, after: number): Promise<void> {
    const file = this.#file;
    if (!file) return;
    if (this.#isClosing(line)) {
      this.#file = null;
      await this.#listener.close(await this.#parser.close(), file.from, after);
      return;
    }
    const fence = fenceOf(line);
    if (fence && matches(fence, file.fence)) file.nested += fence.info === '' ? -1 : 1;
    await this.#parser.line(line);
  }

  #isClosing(line: string): boolean {
    const fence = fenceOf(line);
    return (
      this.#file !== null && fence !== null && this.#file.nested === 0 && closes(fence, this.#file.fence)
    );
  }

  /** No block follows: what was taken for the name of a file is prose. */
  #headerIsProse(): void {
    for (const piece of this.#header?.lines ?? []) this.#prose(piece);
    this.#header = null;
  }

  #prose({ text, offset }: Piece): void {
    this.#listener.prose(text, offset);
  }
}
